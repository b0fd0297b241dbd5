/** A name nobody else has; also for Idempotency-Key (plain http has no `randomUUID`). */
export function unique(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
