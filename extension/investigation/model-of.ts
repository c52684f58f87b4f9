import type { ModelChoice } from '../../src/engine/protocol.ts';
import { CircuitError } from '../../src/errors.ts';
import type { FindModel } from './engine.ts';
import type { Session } from './session.ts';

/** How the engine opens the model of a session. Errors: `model-mismatch` if it is not here. */
export async function modelOf(session: Session, services: { readonly findModel: FindModel }): Promise<ModelChoice> {
  const trace = session.graph.metadata.trace;
  const model = session.investigation?.model ?? trace?.model;
  const choice = await services.findModel(model, session.investigation?.dictionary ?? trace?.dictionary);
  if (choice !== undefined) return choice;
  if (!session.isTrusted) {
    throw new CircuitError(
      'model-mismatch',
      'No model is loaded in a workspace that is not trusted.',
      'Trust it first (Workspaces: Manage Workspace Trust); the graph and all notes can be read without.',
    );
  }
  throw new CircuitError(
    'model-mismatch',
    model === undefined ? 'The model of this graph is not known.' : `The model “${model.name}” is not here.`,
    'Import it, or choose it in the settings; the graph and all notes work without.',
  );
}
