import { computed, type ComputedRef, type Ref } from 'vue'
import type { PartnerView } from '@/api/schema'
import type { FormSchema, Option, Property } from '@/parts/form/schema'
import { useUnits } from '@/parts/registers'
import { vocabulary } from '@/parts/vocabulary'
import { usePartnerWords } from './words'

/** Kinds of units that may be linked; the server refuses the others with the reason. */
const KINDS = new Set(['referral_partner', 'soe', 'vertical'])

/** The form of an entry of the register; the unit of an entry that stands is fixed. */
export function entryForm(chosen: Ref<PartnerView | undefined>): { schema: ComputedRef<FormSchema> } {
  const { t } = usePartnerWords()
  const { units } = useUnits()
  const kinds = computed<Option[]>(() => (vocabulary.value?.place.partner_kinds ?? []).map(({ value, zh, en }) => ({ value, label: zh, label_en: en })))
  const titled = (word: string, property: Property, hint = ''): Property => {
    const title = t(`partner.${word}`)
    const said = hint && t(`partner.${hint}`)
    return { title, 'x-title-en': title, 'x-hint': said, 'x-hint-en': said, ...property }
  }
  const schema = computed<FormSchema>(() => ({
    required: ['unit', 'kind', 'scope', 'agreement', 'valid_from', 'contact', 'duty_phone'],
    properties: {
      unit: titled('unit', {
        'x-widget': 'unit',
        'x-among': chosen.value ? [chosen.value.unit_id] : units.value.filter(({ kind }) => KINDS.has(kind)).map(({ id }) => id),
      }),
      kind: titled('kind', { 'x-widget': 'choice', 'x-options': kinds.value }),
      number: titled('number', { maxLength: 12 }, 'numberHint'),
      scope: titled('scope', { 'x-widget': 'text', maxLength: 1000 }),
      agreement: titled('agreement', { maxLength: 200 }, 'agreementHint'),
      valid_from: titled('from', { 'x-widget': 'day' }),
      valid_to: titled('to', { 'x-widget': 'day' }, 'toHint'),
      contact: titled('contact', { maxLength: 200 }, 'contactHint'),
      duty_phone: titled('phone', { maxLength: 31 }),
      active: titled('active', { 'x-widget': 'yes_no', default: true }),
    },
  }))
  return { schema }
}
