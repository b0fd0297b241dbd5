import { computed, type ComputedRef } from 'vue'
import type { ItemDraft, KnowledgeItem } from '@/api/schema'
import { formOf, optionsOf } from '@/parts/form/fields'
import type { FormSchema, Values } from '@/parts/form/schema'
import { useAreas } from '@/parts/registers'
import { day } from '@/parts/time'
import { vocabulary } from '@/parts/vocabulary'
import { holdsAny, me } from '@/session'

/** Days before its last one from which an item counts as expiring. */
export const SOON = 30
const DAY = 86_400_000

export const keepsKnowledge = computed(() => me.value !== undefined && holdsAny(['kb_editor', 'kb_reviewer']))

/** How an item stands with its last day. */
export function ending(item: KnowledgeItem): 'over' | 'soon' | undefined {
  if (!item.valid_to || item.status !== 'published') return undefined
  const left = Date.parse(`${item.valid_to}T23:59:59`) - Date.now()
  return left < 0 ? 'over' : left < SOON * DAY ? 'soon' : undefined
}

/** The form of an item, and the ways between what it holds and what the API takes. */
export function useItemForm(): { form: ComputedRef<FormSchema>; startOf: (item?: KnowledgeItem) => object; draftOf: (body: Values) => ItemDraft } {
  const { areas } = useAreas()
  const form = computed(() =>
    formOf({
      title: { title: ['标题', 'Title'], required: true, most: 200 },
      body: { title: ['答复口径', 'Text'], widget: 'text', required: true, most: 20_000 },
      source: { title: ['出处（文件或提供单位）', 'Source'], required: true, most: 200 },
      visibility: { title: ['公开范围', 'Open to'], widget: 'choice', required: true, options: optionsOf(vocabulary.value?.visibilities) },
      category: { title: ['分类', 'Category'], widget: 'category' },
      unit_id: { title: ['负责更新的单位', 'Unit that keeps it'], widget: 'unit' },
      valid_from: { title: ['可引用的首日', 'Valid from'], widget: 'day', required: true },
      valid_to: { title: ['可引用的最后一日', 'Valid until'], widget: 'day', hint: ['不填为长期有效', 'Empty: open end'] },
      jurisdiction_id: { title: ['所属辖区', 'Place'], widget: 'area', required: true, hint: ['其下级均可引用', 'Those below it may cite it'] },
    }),
  )
  const codeOf = (id: number | undefined): string | undefined => areas.value.find((area) => area.id === id)?.area_code
  return {
    form,
    startOf: (item) =>
      item
        ? { ...item, jurisdiction_id: codeOf(item.jurisdiction_id) }
        : { visibility: 'public', valid_from: day(new Date().toISOString()), jurisdiction_id: codeOf(me.value?.jurisdiction) },
    draftOf: (body) => {
      const jurisdiction = areas.value.find(({ area_code }) => area_code === body.jurisdiction_id)?.id ?? 0
      return { category: null, unit_id: null, valid_to: null, ...body, jurisdiction_id: jurisdiction } as ItemDraft
    },
  }
}
