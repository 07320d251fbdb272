/** What a user's log says so far. */
export interface UserState {
  /** Name or e-mail address, under the user's key. */
  sealed?: string;
  /** Of a person: whom their e-mail addresses reach, the newest last. */
  contacts: string[];
  /** Of a contact: whose it is. */
  person?: string;
  /** Of a contact: the application knows that it is theirs. Else they only said so. */
  vouched?: true;
  /** Where to look for what somebody may do: ids of projects and organizations, which say themselves what is so. */
  places: { project: Record<string, true>; organization: Record<string, true> };
  /** Open invitations of a contact: the project, by invitation. */
  invitations: Record<string, string>;
  forgottenAt?: string;
}

export const noUser: UserState = { contacts: [], places: { project: {}, organization: {} }, invitations: {} };

/** Whether a contact is a person's: the application knows it, and nobody had it forgotten. */
export function isHeldBy({ person, vouched, forgottenAt }: UserState, holder: string): boolean {
  return person === holder && vouched === true && !forgottenAt;
}
