import { computed, ref } from 'vue'
import { place } from '@/place'
import { locale } from '@/words'
import { t } from './words'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface PlaceRules {
  place?: { zone?: { value?: string } }
}

/** Zone in which the place reads days and clock times. */
export const zone = computed(() => (place.value?.rules as PlaceRules | undefined)?.place?.zone?.value ?? 'Asia/Shanghai')

/** The present moment, in milliseconds; moves every half minute. */
export const now = ref(Date.now())
setInterval(() => (now.value = Date.now()), 30_000)

type Parts = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>
const formats = new Map<string, Intl.DateTimeFormat>()

function partsOf(at: Date): Parts {
  let format = formats.get(zone.value)
  if (!format) {
    const digits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone.value, year: 'numeric', ...digits, hourCycle: 'h23' })
    formats.set(zone.value, format)
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value])) as Parts
}

/** A day and time as the place reads it: `03-05 14:20`, with the year where it is not this one. */
export function moment(iso: string | null | undefined): string {
  if (!iso) return ''
  const { year, month, day, hour, minute } = partsOf(new Date(iso))
  const short = `${month}-${day} ${hour}:${minute}`
  return year === partsOf(new Date(now.value)).year ? short : `${year}-${short}`
}

/** With year and seconds, for tables that are kept. */
export function exactly(iso: string | null | undefined): string {
  if (!iso) return ''
  const { year, month, day, hour, minute, second } = partsOf(new Date(iso))
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`
}

export function day(iso: string | null | undefined): string {
  if (!iso) return ''
  const { year, month, day: of } = partsOf(new Date(iso))
  return `${year}-${month}-${of}`
}

/** A length of time in its largest unit, rounded down: nobody is told more time than there is. */
export function span(length: number): string {
  const whole = Math.abs(length)
  if (whole < HOUR) return t('part.span.minutes', { n: Math.floor(whole / MINUTE) })
  if (whole < 2 * DAY) return t('part.span.hours', { n: Math.floor(whole / HOUR) })
  return t('part.span.days', { n: Math.floor(whole / DAY) })
}

/** What a `datetime-local` input holds, with the place's offset: `2026-01-05T09:30` becomes `2026-01-05T09:30:00+08:00`. */
export function withOffset(local: string): string {
  const guess = new Date(`${local}Z`)
  if (Number.isNaN(guess.getTime())) return local
  const seen = partsOf(guess)
  const there = Date.UTC(+seen.year, +seen.month - 1, +seen.day, +seen.hour, +seen.minute)
  const minutes = Math.round((there - guess.getTime()) / MINUTE)
  const size = Math.abs(minutes)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${local.length === 16 ? `${local}:00` : local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** The label of the chosen language. */
export function labelled(of: { label: string; label_en: string }): string {
  return locale() === 'en' ? of.label_en : of.label
}
