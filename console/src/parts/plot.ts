import { locale } from '@/words'

/** Figures to be drawn: one value of each series for each label; null where there is nothing to measure. */
export interface Plot {
  shape: 'bar' | 'lying' | 'line' | 'ring'
  labels: string[]
  series: { name: string; values: (number | null)[]; /** A token of the theme, e.g. `--y-red`. */ colour?: string; stack?: boolean; /** Without the value at each bar. */ bare?: boolean }[]
  /** Of the parts of a ring, one for each label. */
  colours?: string[]
  /** Values are parts of one, shown in percent. */
  percent?: boolean
  /** Of the letters, in pixels; 14 as everywhere. */
  size?: number
  /** A click on a bar leads somewhere. */
  picks?: boolean
}

/** A value as a person reads it. */
export function shown(value: number | string | null | undefined, percent = false): string {
  if (value === null || value === undefined || value === '-') return '—'
  const number = Number(value)
  return percent ? `${(number * 100).toFixed(1)}%` : number.toLocaleString(locale())
}
