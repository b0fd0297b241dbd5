import { api, ask } from '@/api/client'
import type { DraftSecret } from '@/api/schema'
import { me } from '@/session'

/** Something typed and not yet sent. */
export interface Kept {
  slot: string
  /** When it was last changed, milliseconds. */
  at: number
  text: string
}

/** Where drafts lie: several of one form may (two windows, a browser that died twice). */
interface Shelf {
  put(form: string, kept: Kept): Promise<void>
  remove(slot: string): Promise<void>
  list(form: string): Promise<Kept[]>
}

const DAYS = 7
const OLDEST = DAYS * 24 * 3600 * 1000
const DRAFTS = 'drafts'

interface Sealed {
  slot: string
  /** Name of the key. */
  by: string
  /** Account and form. */
  form: string
  at: number
  nonce: Uint8Array<ArrayBuffer>
  box: ArrayBuffer
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open('yihao', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(DRAFTS, { keyPath: 'slot' }).createIndex('form', 'form')
  const database = await settled(request)
  const store = database.transaction(DRAFTS, 'readwrite').objectStore(DRAFTS)
  for (const one of (await settled(store.getAll())) as Sealed[]) if (one.at < Date.now() - OLDEST) store.delete(one.slot)
  return database
}

let database: Promise<IDBDatabase> | undefined

/** `strict`: written to the disk before it counts, for a machine may lose its power. */
async function drafts(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  database ??= opened()
  return (await database).transaction(DRAFTS, mode, { durability: 'strict' }).objectStore(DRAFTS)
}

/** Drafts on the disk, each sealed (AES-256-GCM) under a key that the server alone hands out, and to its account alone. */
class SealedShelf implements Shelf {
  /** Keys by name: after a rotation older drafts open with the key before. */
  constructor(
    private readonly current: string,
    private readonly keys: Map<string, CryptoKey>,
  ) {}

  /** Slot and form are bound in, so that no record can be passed off as another. */
  private cipher({ slot, form, nonce }: Pick<Sealed, 'slot' | 'form' | 'nonce'>): AesGcmParams {
    return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`${form}\n${slot}`) }
  }

  async put(form: string, { slot, at, text }: Kept): Promise<void> {
    const record = { slot, form, at, by: this.current, nonce: crypto.getRandomValues(new Uint8Array(12)) }
    const box = await crypto.subtle.encrypt(this.cipher(record), this.keys.get(this.current)!, new TextEncoder().encode(text))
    await settled((await drafts('readwrite')).put({ ...record, box }))
  }

  async remove(slot: string): Promise<void> {
    await settled((await drafts('readwrite')).delete(slot))
  }

  async list(form: string): Promise<Kept[]> {
    const records = (await settled((await drafts('readonly')).index('form').getAll(form))) as Sealed[]
    const found = await Promise.all(records.map((one) => this.read(one)))
    return found.filter((one) => one !== undefined)
  }

  /** A record that no key opens any more is of no use to anybody. */
  private async read(record: Sealed): Promise<Kept | undefined> {
    try {
      const text = await crypto.subtle.decrypt(this.cipher(record), this.keys.get(record.by)!, record.box)
      return { slot: record.slot, at: record.at, text: new TextDecoder().decode(text) }
    } catch {
      await this.remove(record.slot)
      return undefined
    }
  }
}

/** Without a secure context the browser has no cipher: drafts then live as long as the page does. */
class MemoryShelf implements Shelf {
  private readonly kept = new Map<string, Kept & { form: string }>()

  async put(form: string, kept: Kept): Promise<void> {
    this.kept.set(kept.slot, { ...kept, form })
  }

  async remove(slot: string): Promise<void> {
    this.kept.delete(slot)
  }

  async list(form: string): Promise<Kept[]> {
    return [...this.kept.values()].filter((one) => one.form === form)
  }
}

const memory = new MemoryShelf()
let sealed: { account: number; shelf: Promise<Shelf> } | undefined

async function opener({ id, key }: DraftSecret): Promise<[string, CryptoKey]> {
  const raw = Uint8Array.from(atob(key), (sign) => sign.charCodeAt(0))
  return [id, await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])]
}

async function sealedShelf(): Promise<Shelf> {
  const { id, key, older } = await ask(api.GET('/api/v1/me/draft-key'))
  return new SealedShelf(id, new Map(await Promise.all([{ id, key }, ...older].map(opener))))
}

/** Where this account's drafts go now; `lasting`: they outlive the page. */
export async function shelf(): Promise<{ shelf: Shelf; lasting: boolean }> {
  const account = me.value?.account
  if (account === undefined || !globalThis.crypto?.subtle || !globalThis.indexedDB) return { shelf: memory, lasting: false }
  if (sealed?.account !== account) sealed = { account, shelf: sealedShelf() }
  try {
    return { shelf: await sealed.shelf, lasting: true }
  } catch {
    sealed = undefined // asked for again with the next change
    return { shelf: memory, lasting: false }
  }
}
