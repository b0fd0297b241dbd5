import { onBeforeUnmount, onMounted } from 'vue'

/** Keys no browser needs for itself; Ctrl+Enter sends as F9 does. */
export function useKeys(keys: Record<'F2' | 'F4' | 'F8' | 'F9', () => void>): void {
  function press(event: KeyboardEvent): void {
    if (event.altKey || event.shiftKey || event.metaKey) return
    // A dialog over the page has the keys to itself.
    if (document.querySelector('.el-overlay:not([style*="display: none"]) [role="dialog"]')) return
    const name = event.ctrlKey ? (event.key === 'Enter' ? 'F9' : '') : event.key
    if (!(name in keys)) return
    event.preventDefault()
    if (!event.repeat) keys[name as keyof typeof keys]()
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
}
