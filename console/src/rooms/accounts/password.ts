/** Letters and digits nobody mistakes for another when a password is handed over on paper. */
const SIGNS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP = 4

/** A first password, good for one sign-in: 16 signs (about 79 bits) in groups. */
export function firstPassword(): string {
  const limit = 256 - (256 % SIGNS.length)
  const signs: string[] = []
  while (signs.length < GROUPS * GROUP) {
    // Bytes above the last whole multiple would make some signs likelier than others.
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) if (byte < limit) signs.push(SIGNS[byte % SIGNS.length]!)
  }
  return Array.from({ length: GROUPS }, (_, at) => signs.slice(at * GROUP, (at + 1) * GROUP).join('')).join('-')
}
