import { l10n } from '../common/texts.ts';
import type { EngineErrorData } from '../../src/engine/protocol.ts';

/** Why a request failed, ready to be shown: `message` is one sentence, `remedy` what to do next. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly remedy: string;

  constructor(code: EngineErrorCode, message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }

  /** A person asked for this; nothing needs to be said. */
  get isCancellation(): boolean {
    return this.code === 'cancelled';
  }
}

/** `ended`: the engine's process went away while it worked, or never started. */
export type EngineErrorCode = EngineErrorData['code'] | 'ended';

export function cancellation(): EngineError {
  return new EngineError('cancelled', l10n.t('The work was cancelled.'), l10n.t('Start it again when you like.'));
}
