import { reactive } from 'vue'
import type { Values } from '../form/schema'

/**
 * What was typed into forms of orders and not yet sent, by form. In memory alone: texts about citizens must not lie in
 * the browser's storage, where the next user of the computer finds them.
 */
const kept = reactive(new Map<string, Values>())

export const typed = {
  of: (form: string): Values | undefined => kept.get(form),
  keep: (form: string, values: Values): void => void kept.set(form, values),
  drop: (form: string): void => void kept.delete(form),
  has: (form: string): boolean => kept.has(form),
}
