/** What a day of the year is: a weekday worked or off, a weekend day free, made up for, or named as off. */
export type Kind = 'work' | 'rest' | 'holiday' | 'makeup'

export interface Draft {
  holidays: Set<string>
  workdays: Set<string>
}

const two = (n: number): string => String(n).padStart(2, '0')
export const dayOf = (year: number, month: number, day: number): string => `${year}-${two(month)}-${two(day)}`

/** Monday is 0. Days are calendar days without a zone, so they are counted in UTC. */
export const weekday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

/** The weeks of a month, Monday first; '' where a week reaches out of it. */
export function weeks(year: number, month: number): string[][] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const days = [...Array<string>(weekday(dayOf(year, month, 1))).fill(''), ...Array.from({ length }, (_, at) => dayOf(year, month, at + 1))]
  while (days.length % 7) days.push('')
  return Array.from({ length: days.length / 7 }, (_, at) => days.slice(at * 7, at * 7 + 7))
}

export function kindOf(draft: Draft, day: string): Kind {
  if (draft.workdays.has(day)) return 'makeup'
  if (draft.holidays.has(day)) return 'holiday'
  return weekday(day) > 4 ? 'rest' : 'work'
}

const NEXT: Record<Kind, Kind> = { work: 'holiday', rest: 'makeup', makeup: 'holiday', holiday: 'work' }

/** The draft with that day changed to what comes next. */
export function turned(draft: Draft, day: string): Draft {
  const holidays = new Set(draft.holidays)
  const workdays = new Set(draft.workdays)
  const next = NEXT[kindOf(draft, day)]
  holidays.delete(day)
  workdays.delete(day)
  if (next === 'holiday') holidays.add(day)
  if (next === 'makeup') workdays.add(day)
  return { holidays, workdays }
}

/** Days on which two drafts differ. */
export function differing(one: Draft, other: Draft): string[] {
  const every = new Set([...one.holidays, ...one.workdays, ...other.holidays, ...other.workdays])
  return [...every].filter((day) => kindOf(one, day) !== kindOf(other, day)).sort()
}
