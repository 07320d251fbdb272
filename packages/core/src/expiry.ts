/** Whether a time that was set for the end of something has come. */
export function isOver({ expiresAt }: { readonly expiresAt?: string | undefined }, now: string): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
