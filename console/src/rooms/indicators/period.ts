/** Days of a period, both included, as the place writes them: `2026-01-05`. */
export interface Period {
  from: string
  to: string
}
export const PRESETS = ['today', 'week', 'month', 'lastMonth', 'year'] as const
export type Preset = (typeof PRESETS)[number]

/** The day it is in a zone. */
export function dayIn(zone: string, at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
}

function shift(day: string, days: number): string {
  const moved = new Date(`${day}T00:00:00Z`)
  moved.setUTCDate(moved.getUTCDate() + days)
  return moved.toISOString().slice(0, 10)
}

/** A period by its name, seen from today. */
export function period(preset: Preset, today: string): Period {
  const first = `${today.slice(0, 8)}01`
  switch (preset) {
    case 'today':
      return { from: today, to: today }
    case 'week':
      return { from: shift(today, -6), to: today }
    case 'month':
      return { from: first, to: today }
    case 'lastMonth': {
      const last = shift(first, -1)
      return { from: `${last.slice(0, 8)}01`, to: last }
    }
    case 'year':
      return { from: `${today.slice(0, 5)}01-01`, to: today }
  }
}

/** A period somebody sent by address, where it is one. */
export function periodOf(query: Record<string, unknown>): Period | undefined {
  const { from, to } = query
  const plain = (day: unknown): day is string => typeof day === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(day)
  return plain(from) && plain(to) && from <= to ? { from, to } : undefined
}
