import { inject, provide, shallowRef, watch, type InjectionKey, type ShallowRef } from 'vue'
import type { KnowledgeItem } from '@/api/schema'
import type { Values } from './form/schema'

const CITED: InjectionKey<ShallowRef<KnowledgeItem | undefined>> = Symbol('cited')

/** At a desk with knowledge beside it: what is set here is cited in the answer under way. */
export function useCiting(): ShallowRef<KnowledgeItem | undefined> {
  const item = shallowRef<KnowledgeItem>()
  provide(CITED, item)
  return item
}

/** In the form of an answer: calls back with the fields of an answer that cites an item, after what was written. */
export function onCited(values: () => Values, take: (fields: Values) => void): void {
  const item = inject(CITED, undefined)
  if (!item) return
  const cite = (one: KnowledgeItem | undefined): void => {
    if (!one) return
    const before = typeof values().text === 'string' ? (values().text as string).trim() : ''
    take({ knowledge_item: one.id, text: before.includes(one.body) ? before : [before, one.body].filter(Boolean).join('\n') })
  }
  watch(item, cite)
}
