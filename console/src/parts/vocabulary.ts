import { useQuery } from '@tanstack/vue-query'
import { computed, effectScope } from 'vue'
import { api, ask } from '@/api/client'
import { queries } from '@/api/queries'
import type { Vocabulary } from '@/api/schema'
import { me } from '@/session'
import { locale } from '@/words'

// For the session, whichever page first needs a word.
const read = effectScope(true).run(() =>
  useQuery(
    {
      queryKey: ['vocabulary'],
      queryFn: () => ask(api.GET('/api/v1/vocabulary')),
      enabled: computed(() => me.value !== undefined),
      staleTime: Infinity,
    },
    queries,
  ),
)

export const vocabulary = computed(() => read?.data.value)

interface Word {
  value: string
  zh: string
  en: string
}
/** Lists of the vocabulary that are plain lists of words. */
export type List = { [Name in keyof Vocabulary]: Vocabulary[Name] extends readonly Word[] ? Name : never }[keyof Vocabulary]

const tables = computed(() => {
  const found = new Map<string, Map<string, Word>>()
  for (const [name, list] of Object.entries(vocabulary.value ?? {})) {
    if (Array.isArray(list)) found.set(name, new Map((list as Word[]).map((word) => [word.value, word])))
  }
  return found
})

/** A code of the API in the chosen language; the code itself while the words are on their way. */
export function word(list: List, code: string | null | undefined): string {
  if (!code) return ''
  const found = tables.value.get(list)?.get(code)
  return found ? (locale() === 'en' ? found.en : found.zh) : code
}

/** A list as choices of a form. */
export function choices(list: List): { value: string; label: string }[] {
  return [...(tables.value.get(list)?.values() ?? [])].map(({ value, zh, en }) => ({ value, label: locale() === 'en' ? en : zh }))
}
