/** What a user's log says so far. */
export interface UserState {
  /** Name or e-mail address, under the user's key. */
  sealed?: string;
  /** Of a person: whom their e-mail addresses reach, the newest last. */
  contacts: string[];
  /** Of a contact: the person that it turned out to be. */
  person?: string;
  /** Open invitations of a contact: the project, by invitation. */
  invitations: Record<string, string>;
  forgottenAt?: string;
}

export const noUser: UserState = { contacts: [], invitations: {} };
