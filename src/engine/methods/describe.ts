import { NEURON_BUDGET } from '../../attribution/neuron-model.ts';
import { nameOfFolder } from '../../checkpoint/hub/names.ts';
import { DEFAULT_TRACE_SETTINGS } from '../../trace/trace-settings.ts';
import type { EngineMethod } from '../method.ts';
import type { OpenModel } from '../open-model.ts';
import type { ModelChoice, ModelDescription } from '../protocol.ts';

/** What a model is, without loading its weights. */
export const describe: EngineMethod<ModelChoice, ModelDescription> = async model => {
  const { checkpoint, embedded, provider } = model;
  const name = nameOfFolder(checkpoint.dir);
  return {
    name: embedded ? EMBEDDED_NAME : name,
    embedded,
    architecture: checkpoint.config.architecture,
    layers: checkpoint.config.nLayers,
    model: { name, sha256: await checkpoint.identity() },
    ...(model.hasDictionary ? { dictionary: await dictionaryOf(model) } : {}),
    defaultBudget: model.hasDictionary ? DEFAULT_TRACE_SETTINGS.maxFeatureNodes : NEURON_BUDGET,
    hasLabels: (await model.features.get()) !== undefined,
    hasChatTemplate: (await model.chatTemplate.get()) !== undefined,
    provider: provider.provider,
    providerNotes: provider.notes,
  };
};

/** What people call the model that comes with the program; its folder is only called `model`. */
const EMBEDDED_NAME = 'embedded model';

async function dictionaryOf({ dictionary }: OpenModel): Promise<NonNullable<ModelDescription['dictionary']>> {
  return {
    name: dictionary.config.modelName ?? nameOfFolder(dictionary.dir),
    sha256: await dictionary.identity(),
    kind: dictionary.kind,
    features: dictionary.nFeatures,
  };
}
