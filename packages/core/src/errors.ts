import type { ZodError } from 'zod';

/** What each refusal carries. The keys are API: add, never rename. `docs/reference/errors.md` has a heading a code. */
export interface ErrorDetails {
  ACCESS_DENIED: { readonly action: string; readonly actor: string };
  ACCESS_NOT_FOUND: { readonly access: string };
  ALREADY_INVITED: { readonly invitation: string };
  ALREADY_MEMBER: { readonly person: string };
  ALREADY_REQUESTED: { readonly request: string };
  /** The organization does not let support staff in without asking. */
  APPROVAL_REQUIRED: { readonly person: string };
  /** Says nothing of why. */
  AUTHENTICATION_FAILED: Record<never, never>;
  BUCKET_EXISTS: { readonly bucket: string };
  BUCKET_NOT_EMPTY: { readonly bucket: string; readonly tables: readonly string[] };
  BUCKET_NOT_FOUND: { readonly bucket: string };
  COLUMN_EXISTS: { readonly column: string };
  COLUMN_NOT_FOUND: { readonly column: string; readonly columns: readonly string[] };
  COLUMNS_DO_NOT_MATCH: { readonly missing: readonly string[]; readonly expected: readonly string[] };
  DUPLICATE_COLUMN: { readonly column: string };
  DUPLICATE_KEY_VALUES: { readonly columns: readonly string[]; readonly rows: number };
  /** The key was used for a job, or for a load into the table, that was asked for with other content. */
  IDEMPOTENCY_MISMATCH: { readonly key: string; readonly job?: string; readonly storageJob?: string };
  INVALID_BUCKET_NAME: { readonly name: string };
  INVALID_COLUMN_NAME: { readonly name: string; readonly reason: string };
  INVALID_INPUT: { readonly input: string; readonly issues: readonly { readonly path: string; readonly message: string }[] };
  INVALID_PRIMARY_KEY: { readonly column: string; readonly columns: readonly string[] };
  INVALID_TABLE_NAME: { readonly name: string };
  /** `line` counts from 1 in the text of the source; for sources without lines it is the number of the row. */
  INVALID_VALUE: { readonly line: number; readonly column: string; readonly value: string | null; readonly type?: string };
  INVITATION_EXPIRED: { readonly invitation: string; readonly expiredAt: string };
  INVITATION_NOT_FOUND: { readonly invitation: string };
  INVITING_YOURSELF: { readonly person: string };
  JOB_CHILDREN_OPEN: { readonly job: string; readonly children: readonly string[] };
  JOB_FINISHED: { readonly job: string; readonly status: string };
  JOB_NOT_FOUND: { readonly job: string };
  JOB_TERMINATING: { readonly job: string };
  JOB_TRANSITION_FORBIDDEN: { readonly from: string; readonly to: string };
  LAST_COLUMN: { readonly column: string };
  LAST_MEMBER: { readonly person: string };
  MALFORMED_INPUT: { readonly line?: number; readonly reason: string };
  /** A newer version of Daybook wrote what this one does not know. */
  NEWER_VERSION: { readonly what: string; readonly log?: string; readonly position?: number; readonly type?: string };
  NO_COLUMNS: Record<never, never>;
  ORGANIZATION_NOT_FOUND: { readonly organization: string };
  POSITION_NOT_FOUND: { readonly position: number | string };
  PRIMARY_KEY_COLUMN: { readonly column: string };
  PROJECT_DISABLED: { readonly reason: string; readonly since: string; readonly estimatedEnd?: string };
  /** Someone else moved it meanwhile. */
  PROJECT_MOVED: { readonly organization: string };
  PROJECT_NOT_FOUND: { readonly project: string };
  SNAPSHOT_NOT_FOUND: { readonly snapshot: string };
  STORAGE_JOB_NOT_FOUND: { readonly storageJob: string };
  /** The stored bytes are not what was written. */
  STORE_CORRUPT: { readonly what: string };
  /** The storage could not do it now; what was asked may be asked again. */
  STORE_UNAVAILABLE: { readonly what: string };
  SUPPORT_REQUEST_NOT_FOUND: { readonly request: string };
  /** It is in another version than was asked for; or its columns or key were changed by someone else while this operation ran. Nothing was stored. */
  TABLE_CHANGED: { readonly table: string; readonly version: number };
  TABLE_EXISTS: { readonly table: string };
  TABLE_NOT_FOUND: { readonly table: string };
  UNINTENDED_TRUNCATION: { readonly table: string };
  VERSION_EXPIRED: { readonly version: number; readonly expiredAt: string };
  VERSION_NOT_FOUND: { readonly table: string; readonly version: number | string };
}

export type ErrorCode = keyof ErrorDetails;

const messages: { [C in ErrorCode]: (details: ErrorDetails[C]) => string } = {
  ACCESS_DENIED: ({ action, actor }) => `${actor} may not ${action}.`,
  ACCESS_NOT_FOUND: ({ access }) => `There is no limited access ${access}.`,
  ALREADY_INVITED: ({ invitation }) => `They have an open invitation: ${invitation}.`,
  ALREADY_MEMBER: ({ person }) => `${person} is in the project already.`,
  ALREADY_REQUESTED: ({ request }) => `An earlier request is open: ${request}.`,
  APPROVAL_REQUIRED: ({ person }) => `${person} has to ask: the organization lets no support staff in without.`,
  AUTHENTICATION_FAILED: () => 'The secret opens nothing.',
  BUCKET_EXISTS: ({ bucket }) => `Bucket ${bucket} exists already.`,
  BUCKET_NOT_EMPTY: ({ bucket, tables }) => `Bucket ${bucket} holds ${tables.length} tables; force drops them too.`,
  BUCKET_NOT_FOUND: ({ bucket }) => `There is no bucket ${bucket}.`,
  COLUMN_EXISTS: ({ column }) => `Column ${column} exists already.`,
  COLUMN_NOT_FOUND: ({ column, columns }) => `There is no column ${column} among ${columns.join(', ')}.`,
  COLUMNS_DO_NOT_MATCH: ({ missing }) => `The input lacks columns of the table: ${missing.join(', ')}.`,
  DUPLICATE_COLUMN: ({ column }) => `Column ${column} is named twice.`,
  DUPLICATE_KEY_VALUES: ({ columns, rows }) => `${rows} rows share their value of ${columns.join(', ')} with another row.`,
  IDEMPOTENCY_MISMATCH: ({ key, job, storageJob }) =>
    `Idempotency key ${key} belongs to ${job === undefined ? `storage job ${storageJob}` : `job ${job}`}, which was asked for with other content.`,
  INVALID_BUCKET_NAME: ({ name }) => `"${name}" is no bucket name: 1 to 96 of A-Z a-z 0-9 _ -, not starting with _ or -.`,
  INVALID_COLUMN_NAME: ({ name, reason }) => `"${name}" is no column name: ${reason}.`,
  INVALID_INPUT: ({ input, issues }) =>
    `${input}: ${issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')}`,
  INVALID_PRIMARY_KEY: ({ column, columns }) => `Key column ${column} is not among the columns ${columns.join(', ')}.`,
  INVALID_TABLE_NAME: ({ name }) => `"${name}" is no table name: 1 to 96 of A-Z a-z 0-9 _ -, not starting with _ or -.`,
  INVALID_VALUE: ({ line, column, value, type }) =>
    `Line ${line}, column ${column}: ${value === null ? 'null' : JSON.stringify(value)} is no ${type ?? 'valid value'}.`,
  INVITATION_EXPIRED: ({ expiredAt }) => `The invitation was to be answered by ${expiredAt}.`,
  INVITATION_NOT_FOUND: ({ invitation }) => `There is no open invitation ${invitation}.`,
  INVITING_YOURSELF: () => 'That is your own address.',
  JOB_CHILDREN_OPEN: ({ job, children }) => `Job ${job} cannot succeed before its children end: ${children.join(', ')}.`,
  JOB_FINISHED: ({ job, status }) => `Job ${job} has ended with status ${status}.`,
  JOB_NOT_FOUND: ({ job }) => `There is no job ${job}.`,
  JOB_TERMINATING: ({ job }) => `Job ${job} was asked to stop: it gets no more children.`,
  JOB_TRANSITION_FORBIDDEN: ({ from, to }) => `A job that is ${from} cannot become ${to}.`,
  LAST_COLUMN: ({ column }) => `${column} is the last column of its table.`,
  LAST_MEMBER: ({ person }) => `${person} is the last member of the organization.`,
  MALFORMED_INPUT: ({ line, reason }) =>
    line === undefined ? `Malformed input: ${reason}.` : `Malformed input in line ${line}: ${reason}.`,
  NEWER_VERSION: ({ what, log, position, type }) => {
    const where = log === undefined ? '' : ` in ${log}${position === undefined ? '' : ` at ${position}`}`;
    return `A newer version of Daybook wrote the ${what}${type === undefined ? '' : ` ${type}`}${where}.`;
  },
  NO_COLUMNS: () => 'The input is empty: it names no columns.',
  ORGANIZATION_NOT_FOUND: ({ organization }) => `There is no organization ${organization}.`,
  POSITION_NOT_FOUND: ({ position }) => `The project has no state as of ${position}.`,
  PRIMARY_KEY_COLUMN: ({ column }) => `${column} is part of the primary key.`,
  PROJECT_DISABLED: ({ reason, estimatedEnd }) => `The project is disabled${estimatedEnd ? ` until about ${estimatedEnd}` : ''}: ${reason}`,
  PROJECT_MOVED: ({ organization }) => `The project was moved to organization ${organization} meanwhile.`,
  PROJECT_NOT_FOUND: ({ project }) => `There is no project ${project}.`,
  SNAPSHOT_NOT_FOUND: ({ snapshot }) => `There is no snapshot ${snapshot}.`,
  STORAGE_JOB_NOT_FOUND: ({ storageJob }) => `There is no storage job ${storageJob}.`,
  STORE_CORRUPT: ({ what }) => `Stored data is damaged: ${what}`,
  STORE_UNAVAILABLE: ({ what }) => `The storage failed: ${what}`,
  SUPPORT_REQUEST_NOT_FOUND: ({ request }) => `There is no open support request ${request}.`,
  TABLE_CHANGED: ({ table, version }) => `${table} was changed meanwhile, it is in version ${version}; nothing was stored.`,
  TABLE_EXISTS: ({ table }) => `Table ${table} exists already.`,
  TABLE_NOT_FOUND: ({ table }) => `There is no table ${table}.`,
  UNINTENDED_TRUNCATION: ({ table }) => `No filter was given; allowTruncate deletes all rows of ${table}.`,
  VERSION_EXPIRED: ({ version, expiredAt }) => `The data of version ${version} was kept until ${expiredAt}.`,
  VERSION_NOT_FOUND: ({ table, version }) => `${table} has no version ${version}.`,
};

/** The one error class. Branch on `code`; messages may change any time. */
export class DaybookError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'DaybookError';
  readonly code: C;
  readonly details: ErrorDetails[C];

  constructor(code: C, details: ErrorDetails[C], options?: { cause?: unknown }) {
    super(messages[code](details), options);
    this.code = code;
    this.details = details;
  }
}

/** Checks the shape, not the class: two copies of the package in one program still understand each other. */
export function isDaybookError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is DaybookError<C> {
  if (!(error instanceof Error) || error.name !== 'DaybookError' || !('code' in error)) return false;
  return code === undefined ? Object.hasOwn(messages, String(error.code)) : error.code === code;
}

/** What zod found wrong with an input, as the refusal that callers see. */
export function invalidInput(input: string, error: ZodError): DaybookError<'INVALID_INPUT'> {
  const issues = error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  return new DaybookError('INVALID_INPUT', { input, issues });
}
