import type { ModelChoice } from '../../src/engine/protocol.ts';
import { CircuitError } from '../../src/errors.ts';
import { l10n } from '../common/texts.ts';
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
      l10n.t('No model is loaded in a workspace that is not trusted.'),
      l10n.t('Trust it first (Workspaces: Manage Workspace Trust); the graph and all notes can be read without.'),
    );
  }
  throw new CircuitError(
    'model-mismatch',
    model === undefined
      ? l10n.t('The model of this graph is not known.')
      : l10n.t('The model “{0}” is not here.', model.name),
    model?.sha256 === undefined
      ? l10n.t('The graph and all notes work without; trace the prompt anew to work with a model.')
      : l10n.t('Choose or import it (Circuit Explorer: Choose Model…); the graph and all notes work without.'),
  );
}
