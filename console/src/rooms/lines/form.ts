import { computed, type ComputedRef } from 'vue'
import type { LineDetail } from '@/api/schema'
import { asForm, type FormSchema, type Option, type Property, type Values } from '@/parts/form/schema'
import { useAreas } from '@/parts/registers'
import { vocabulary, word } from '@/parts/vocabulary'
import { t } from '@/words'

const SURVEY = ['name', 'category', 'count', 'level', 'managing_body', 'service', 'seats', 'funding', 'platform', 'staff'] as const
/** A new line begins in one of these. */
const FIRST_STATUSES = new Set(['planned', 'province_only', 'not_opened', 'conditional'])

interface Word {
  value: string
  zh: string
  en: string
}
const options = (list: readonly Word[] | undefined): Option[] => (list ?? []).map(({ value, zh, en }) => ({ value, label: zh, label_en: en }))

function field(name: string, more: Property): Property {
  const hinted = ['cut_over', 'landing', 'answered_here', 'prompt_before', 'prompt_after', 'basis'].includes(name)
  const title = t(`lines.field.${name}`)
  const hint = hinted ? t(`lines.hint.${name}`) : undefined
  return { title, 'x-title-en': title, 'x-hint': hint, 'x-hint-en': hint, ...more }
}
const text = (name: string, most: number, widget: 'line' | 'text' = 'line'): Property => field(name, { 'x-widget': widget, maxLength: most })

/** The form of an entry: what a new line needs, or what of a line may change. */
export function useLineForm(kind: 'new' | 'change'): ComputedRef<FormSchema> {
  const { areas } = useAreas()
  return computed(() => {
    const words = vocabulary.value
    const levels = [...options(words?.levels), { value: 'prefecture', label: t('lines.prefecture'), label_en: t('lines.prefecture') }]
    const properties: Record<string, Property> = {
      ...(kind === 'new' ? { number: text('number', 11) } : {}),
      name: text('name', 100),
      unit: text('unit', 100),
      mode: field('mode', { 'x-widget': 'choice', 'x-options': options(words?.place.line_modes) }),
      founder: field('founder', { 'x-widget': 'choice', 'x-options': options(words?.place.founders) }),
      seats: field('seats', { 'x-widget': 'choice', 'x-options': options(words?.line_seats) }),
      ...(kind === 'new' ? { status: field('status', { 'x-widget': 'choice', default: 'planned', 'x-options': options(words?.line_statuses.filter(({ value }) => FIRST_STATUSES.has(value))) }) } : {}),
      by: field('by', { 'x-widget': 'day' }),
      cut_over: field('cut_over', { 'x-widget': 'day' }),
      local_unit: text('local_unit', 100),
      unit_id: field('unit_id', { 'x-widget': 'unit' }),
      levels: field('levels', { 'x-widget': 'choices', 'x-options': levels }),
      experts: field('experts', { 'x-widget': 'choice', default: 'no', 'x-options': options(words?.line_experts) }),
      expert_seats: field('expert_seats', { 'x-widget': 'number', default: 0, minimum: 0, maximum: 1000 }),
      landing: field('landing', { 'x-widget': 'choice', 'x-options': options(words?.line_landings) }),
      subcentre_levels: field('subcentre_levels', { 'x-widget': 'choices', 'x-options': levels }),
      subcentre_areas: field('subcentre_areas', { 'x-widget': 'choices', 'x-options': areas.value.map(({ area_code, name }) => ({ value: area_code, label: name, label_en: name })) }),
      answered_here: field('answered_here', { 'x-widget': 'yes_no' }),
      purpose: text('purpose', 200),
      prompt_before: text('prompt_before', 500, 'text'),
      prompt_after: text('prompt_after', 500, 'text'),
      remark: text('remark', 500, 'text'),
      clause: text('clause', 200),
      survey: { title: t('lines.group.survey'), 'x-title-en': t('lines.group.survey'), 'x-widget': 'group', properties: Object.fromEntries(SURVEY.map((name) => [name, surveyed(name)])) },
      override: { title: t('lines.group.override'), 'x-title-en': t('lines.group.override'), 'x-widget': 'group', properties: { basis: text('basis', 500), reason: text('reason', 500) } },
    }
    return asForm({ properties, required: [...(kind === 'new' ? ['number', 'status'] : []), 'name', 'unit', 'mode', 'founder', 'seats', 'experts'] })
  })
}

function surveyed(name: string): Property {
  const title = t(`lines.surveyed.${name}`)
  return { title, 'x-title-en': title, 'x-widget': 'line', maxLength: 200 }
}

/** The entry as the form holds it. */
export function valuesOf(schema: FormSchema, line: LineDetail): Values {
  const held = line as unknown as Values
  return Object.fromEntries(Object.keys(schema.properties ?? {}).flatMap((name) => (held[name] === null || held[name] === undefined ? [] : [[name, structuredClone(held[name])]])))
}

export const SURVEY_FIELDS = SURVEY

/** A level of answering; prefectures stand between province and county in documents, not in the tree. */
export function levelName(level: string): string {
  return level === 'prefecture' ? t('lines.prefecture') : word('levels', level)
}
