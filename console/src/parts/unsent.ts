import { inject, onScopeDispose, provide, shallowReactive, watchEffect, type InjectionKey } from 'vue'

const KEY: InjectionKey<Set<symbol>> = Symbol('unsent')

/** Uploads of a form that are not all with the server: it must not go without them. One set for a form and its parts. */
export function useUnsent(): ReadonlySet<symbol> {
  const around = inject(KEY, undefined)
  if (around) return around
  const made = shallowReactive(new Set<symbol>())
  provide(KEY, made)
  return made
}

/** Tells the form around while something chosen is still to be sent. */
export function tellUnsent(waits: () => boolean): void {
  const around = inject(KEY, undefined)
  if (!around) return
  const me = Symbol()
  watchEffect(() => void (waits() ? around.add(me) : around.delete(me)))
  onScopeDispose(() => around.delete(me))
}
