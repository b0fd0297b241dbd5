import { createI18n, useI18n, type Composer } from 'vue-i18n'
import { en, zh } from './common'

export type Locale = 'zh-CN' | 'en'
const KEPT = 'yihao.locale'

function first(): Locale {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

/** The words every page uses; a room brings its own by `useWords`. */
export const words = createI18n({
  legacy: false,
  locale: first(),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
})

export function locale(): Locale {
  return words.global.locale.value as Locale
}

export function choose(wanted: Locale): void {
  words.global.locale.value = wanted
  document.documentElement.lang = wanted
  try {
    localStorage.setItem(KEPT, wanted)
  } catch {
    // A browser that keeps nothing still speaks the chosen language until it is closed.
  }
}
// Tests of words have no page.
if (typeof document !== 'undefined') document.documentElement.lang = first()

/** A word outside a component. */
export function t(key: string, values: Record<string, unknown> = {}): string {
  return words.global.t(key, values)
}

type Messages = Record<string, unknown>

/** The words of a room, added to the common ones under the room's own name: `t('desk.title')`. */
export function useWords(name: string, room: { zh: Messages; en: Messages }): Composer {
  words.global.mergeLocaleMessage('zh-CN', { [name]: room.zh })
  words.global.mergeLocaleMessage('en', { [name]: room.en })
  return useI18n({ useScope: 'global' }) as unknown as Composer
}
