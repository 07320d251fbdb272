import {
  organizationAccessTable,
  organizationDecider,
  organizationQueries,
  projectAccessTable,
  projectDecider,
  projectQueries,
  type Role,
} from '@daybook/core';

interface Rule {
  readonly may: readonly string[];
  readonly whileDisabled?: true | readonly string[];
  readonly names?: ((payload: never) => object) | undefined;
}

const who: Readonly<Record<string, string>> = {
  administrator: 'an administrator of the project',
  auditor: 'an auditor of the project or of its organization, or, of an organization, of that: reads everything and changes nothing',
  member: "a member of the organization, or of the project's organization",
  support: 'support staff who have joined the project',
  staff: 'any support staff whom the embedding app has authenticated',
  reader: 'limited access that may read every bucket that is named; answers are narrowed to what was granted',
  writer: 'limited access that may write into every bucket that is named',
  runner: "limited access that may run the component's jobs, and created the jobs that are named",
  owner: 'whoever began the storage job that the command is about',
  invited: 'whom the invitation is for',
  self: 'whose personal data it is',
  person: 'any person whom the embedding app has authenticated',
  system: 'Daybook itself, and whatever the embedding app does in its own name',
} satisfies Record<Role, string>;
const roles = Object.keys(who);

/** `docs/reference/access.md`, from the tables that Daybook checks. */
export function accessPage(): string {
  return `# Who may do what

Printed from the tables that are checked before every command and query: \`npx -y pnpm@10 run docs\` prints it anew.

${aligned(['kind of actor', 'who that is'], Object.entries(who))}
Whoever may do an operation may begin its storage job; who began one starts it, and ends it well, as long as they may. Commands marked _while disabled_ work in a disabled project too (for the roles in brackets, where there are any). Roles that depend on what is named (reader, writer,
runner, owner, invited, self) go by the fields in the last column; who names nothing there has none of them, except where the answer holds _what was granted_
and nothing else.

## Commands to a ${projectDecider.kind}

${table('command', projectAccessTable)}
## Queries of a ${projectDecider.kind}

${table('query', projectQueries)}
## Commands to an ${organizationDecider.kind}

${table('command', organizationAccessTable)}
## Queries of an ${organizationDecider.kind}

${table('query', organizationQueries)}`;
}

function table(what: string, rules: Readonly<Record<string, Rule>>): string {
  const naming = Object.values(rules).some(({ names }) => names);
  const lines = Object.entries(rules).map(([name, { may, whileDisabled, names }]) => [
    `\`${name}\`${whileDisabled ? ` _while disabled${whileDisabled === true ? '' : ` (${whileDisabled.join(', ')})`}_` : ''}`,
    ...roles.map((role) => (may.includes(role) ? 'yes' : '')),
    ...(naming ? [names ? fieldsIn(names(field('') as never)).join(', ') : ''] : []),
  ]);
  return aligned([what, ...roles, ...(naming ? ['names'] : [])], lines);
}

const path = Symbol('path');

/** A payload, or a field of one, that knows where it stands. */
function field(at: string): object {
  return new Proxy({}, { get: (_, key) => (key === path ? at : field(at === '' ? String(key) : `${at}.${String(key)}`)) });
}

/** The fields of the payload that a rule has named. */
function fieldsIn(named: unknown): string[] {
  if (named === true) return ['_what was granted_'];
  const at = (named as { readonly [path]?: string })[path];
  return at === undefined ? Object.values(named as object).flatMap(fieldsIn) : [`\`${at}\``];
}

/** A Markdown table as the formatter has it. */
function aligned(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [header, rule, ...lines].map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |\n`).join('');
}
