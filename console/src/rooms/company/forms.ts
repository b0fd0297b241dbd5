import { computed, type Ref } from 'vue'
import type { CompanyView } from '@/api/schema'
import type { FormSchema, Property } from '@/parts/form/schema'
import { useUnits } from '@/parts/registers'
import { vocabulary } from '@/parts/vocabulary'
import { useCompanyWords } from './words'

/** The forms of the register: an entry, a proposal, a decision. */
export function useCompanyForms(chosen: Ref<CompanyView | undefined>) {
  const { t } = useCompanyWords()
  const { units } = useUnits()
  const titled = (word: string, property: Property = {}, hint = ''): Property => {
    const title = t(`company.${word}`)
    const said = hint && t(`company.${hint}`)
    return { title, 'x-title-en': title, 'x-hint': said, 'x-hint-en': said, ...property }
  }
  const entry = computed<FormSchema>(() => ({
    required: ['unit', 'credit_code', 'services', 'agreement', 'valid_from', 'contact', 'duty_phone'],
    properties: {
      unit: titled('unit', {
        'x-widget': 'unit',
        'x-among': chosen.value ? [chosen.value.unit_id] : units.value.filter(({ kind }) => kind === 'service_company').map(({ id }) => id),
      }),
      credit_code: titled('credit', { maxLength: 18 }),
      services: titled('services', { maxLength: 1000 }, 'servicesHint'),
      agreement: titled('agreement', { maxLength: 200 }, 'agreementHint'),
      valid_from: titled('from', { 'x-widget': 'day' }),
      valid_to: titled('to', { 'x-widget': 'day' }, 'toHint'),
      contact: titled('contact', { maxLength: 200 }),
      duty_phone: titled('phone', { maxLength: 31 }),
    },
  }))
  const proposal = computed<FormSchema>(() => ({
    required: ['kind', 'reason'],
    properties: {
      kind: titled('matter', {
        'x-widget': 'choice',
        'x-options': (vocabulary.value?.company_cases ?? []).filter(({ value }) => (chosen.value?.may_propose as readonly string[] | undefined)?.includes(value)).map(({ value, zh, en }) => ({ value, label: zh, label_en: en })),
      }),
      reason: titled('reason', { 'x-widget': 'text', maxLength: 1000 }),
    },
  }))
  const decision = computed<FormSchema>(() => ({
    required: ['approve', 'reason'],
    properties: { approve: titled('approve', { 'x-widget': 'yes_no' }), reason: titled('decisionReason', { 'x-widget': 'text', maxLength: 1000 }) },
  }))
  return { entry, proposal, decision }
}
