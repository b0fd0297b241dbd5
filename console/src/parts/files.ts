import { csrfToken, api, ask } from '@/api/client'
import { Problem } from '@/api/problem'
import type { Attachment } from '@/api/schema'
import { locale, t } from '@/words'

/** Size as a person reads it. */
export function sized(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

export function isImage({ media_type }: Pick<Attachment, 'media_type'>): boolean {
  return media_type.startsWith('image/')
}

export function addressOf({ id }: Pick<Attachment, 'id'>): string {
  return `/api/v1/attachments/${id}`
}

/** Sends a file; by XMLHttpRequest, as fetch does not say how far it is. */
export async function send(file: File, progress: (share: number) => void, again = true): Promise<Attachment> {
  const { status, text } = await post(file, progress)
  if (status === 401 && again) {
    // Asking anything signs in again over the page; then the file goes once more.
    await ask(api.GET('/api/v1/me'))
    return send(file, progress, false)
  }
  const said: unknown = parsed(text)
  if (status !== 201) throw Problem.of(status, said)
  return said as Attachment
}

function post(file: File, progress: (share: number) => void): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const lost = (): void => reject(new Problem(0, 'unreachable', t('common.unreachable')))
    request.open('POST', '/api/v1/attachments')
    request.setRequestHeader('x-csrf-token', csrfToken())
    request.setRequestHeader('accept-language', locale())
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0)
    request.onload = () => resolve({ status: request.status, text: request.responseText })
    request.onerror = lost
    request.ontimeout = lost
    const form = new FormData()
    form.append('data', file, file.name)
    request.send(form)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
