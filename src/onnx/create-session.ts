import { FallbackSession } from './fallback-session.ts';
import type { OnnxModel } from './model-proto.ts';
import { openSession } from './native-session.ts';
import type { OnnxSession, SessionSettings } from './session.ts';

/**
 * Makes a session whose external weights stay memory-mapped in their files. Prepacking and two optimizations are
 * switched off because each makes a private copy of the weights. Weight files that are missing or too short, a provider
 * that does not run and a lack of memory are CircuitErrors; anything else that ONNX Runtime throws is a bug.
 */
export function createSession(model: OnnxModel, settings: SessionSettings = {}): Promise<OnnxSession> {
  const { inUse } = settings;
  if (inUse !== undefined) return FallbackSession.create(model, settings, inUse, openSession);
  return openSession(model, settings.provider ?? 'cpu', settings);
}
