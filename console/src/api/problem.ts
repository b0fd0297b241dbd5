import type { Problem as Body } from './schema'

/** What the server, or the way to it, refused: with a sentence for the person and the field it is about. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** What happened and what to do. */
    readonly sentence: string,
    readonly field: string | null = null,
    readonly clause: string | null = null,
    /** Name of the request, to tell the administrator. */
    readonly request: string | null = null,
  ) {
    super(sentence)
    this.name = 'Problem'
  }

  /** Somebody else was faster: load anew, keep what was typed, try again. */
  get stale(): boolean {
    return this.status === 409
  }

  /** The request may never have arrived; sending it again is right. */
  get lost(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }

  static of(status: number, body: unknown): Problem {
    const said = body as Partial<Body> | undefined
    return new Problem(
      status,
      said?.code ?? 'unreadable_answer',
      said?.detail ?? `HTTP ${status}`,
      said?.field ?? null,
      said?.clause ?? null,
      said?.instance ?? null,
    )
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(0, 'unforeseen', error instanceof Error ? error.message : String(error))
}
