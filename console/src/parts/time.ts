import { computed, ref } from 'vue'
import { place } from '@/place'
import { locale } from '@/words'
import { partsIn, type Parts } from './zone'
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

const partsOf = (at: Date): Parts => partsIn(zone.value, at)

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

/** The label of the chosen language. */
export function labelled(of: { label: string; label_en: string }): string {
  return locale() === 'en' ? of.label_en : of.label
}

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^(\d+) working days?$/, '$1 个工作日'],
  [/^(\d+) office hours?$/, '$1 个办公小时'],
  [/^(\d+) office minutes?$/, '$1 个办公分钟'],
  [/^(\d+) hours?$/, '$1 小时'],
  [/^(\d+) minutes?$/, '$1 分钟'],
  [/^(\d+) days?$/, '$1 天'],
  [/^dispatch$/, '派单时限规则'],
]

/** A limit as profiles write it (`3 working days`), in the chosen language. */
export function limit(rule: string): string {
  if (locale() === 'en') return rule
  const found = RULES.find(([pattern]) => pattern.test(rule))
  return found ? rule.replace(found[0], found[1]) : rule
}
