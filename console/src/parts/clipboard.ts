/** Puts a text into the clipboard; false where the browser lets no page do that. */
export async function copied(text: string): Promise<boolean> {
  // Browsers keep the clipboard from pages that came over plain HTTP, as in an office's own network.
  if (!window.isSecureContext) return copiedByHand(text)
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copiedByHand(text),
  )
}

function copiedByHand(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.setAttribute('aria-hidden', 'true')
  field.style.position = 'fixed'
  field.style.opacity = '0'
  document.body.append(field)
  field.select()
  try {
    return document.execCommand('copy')
  } finally {
    field.remove()
  }
}
