import { own } from '../message';

export interface Administrator {
  readonly since: string;
}

/** Who belongs to the project, by person. */
export interface PeopleSlice {
  administrators: Record<string, Administrator>;
}

export const noPeople: PeopleSlice = { administrators: {} };

export function isAdministrator({ administrators }: PeopleSlice, person: string): boolean {
  return own(administrators, person) !== undefined;
}
