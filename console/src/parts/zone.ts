const MINUTE = 60_000

export type Parts = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>
const formats = new Map<string, Intl.DateTimeFormat>()

/** What clock and calendar of a zone show at a moment. */
export function partsIn(zone: string, at: Date): Parts {
  let format = formats.get(zone)
  if (!format) {
    const digits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', ...digits, hourCycle: 'h23' })
    formats.set(zone, format)
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value])) as Parts
}

/** What a `datetime-local` input holds, with the zone's offset: `2026-01-05T09:30` becomes `2026-01-05T09:30:00+08:00`. */
export function withOffset(local: string, zone: string): string {
  const guess = new Date(`${local}Z`)
  if (Number.isNaN(guess.getTime())) return local
  const seen = partsIn(zone, guess)
  const there = Date.UTC(+seen.year, +seen.month - 1, +seen.day, +seen.hour, +seen.minute)
  const minutes = Math.round((there - guess.getTime()) / MINUTE)
  const size = Math.abs(minutes)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${local.length === 16 ? `${local}:00` : local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
