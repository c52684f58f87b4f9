import { join } from 'node:path';
import { loadNeuronModel } from '../attribution/neuron-model.ts';
import { loadReplacementModel } from '../attribution/replacement-model.ts';
import type { ChatTemplate } from '../checkpoint/chat-template.ts';
import { placeOf } from '../checkpoint/hub/model-place.ts';
import { openCheckpoint, type Checkpoint, type Tokenizer } from '../checkpoint/index.ts';
import { NextTokenModel } from '../trace/next-token.ts';
import { openDictionary, type Dictionary } from '../dictionary/index.ts';
import { CircuitError } from '../errors.ts';
import { DecoderLogits } from '../features/decoder-logits.ts';
import { hasFeatureIndex, openFeatureIndex, type FeatureIndex } from '../features/index.ts';
import { createIntervention } from '../intervention/index.ts';
import type { Task } from '../task.ts';
import { chatTemplateOf } from '../trace/chat-prompt.ts';
import { embeddedPack } from '../trace/embedded-pack.ts';
import type { TraceableModel } from '../trace/open-model.ts';
import { Lazy } from './lazy.ts';
import type { ModelChoice } from './protocol.ts';
import type { ChosenProvider } from './provider.ts';

/**
 * A checkpoint with its dictionary and everything that was made of them so far: sessions are made at the first request
 * that needs them and stay for the next ones.
 */
export class OpenModel {
  readonly embedded: boolean;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer | undefined;
  readonly provider: ChosenProvider;
  readonly nextToken: Lazy<NextTokenModel>;
  /** With the dictionary; without one in the basis of the model's neurons. */
  readonly traceable: Lazy<TraceableModel>;
  readonly intervention: Lazy<ReturnType<typeof createIntervention>>;
  /** Undefined where the checkpoint has none. */
  readonly chatTemplate: Lazy<ChatTemplate | undefined>;
  readonly decoder: Lazy<DecoderLogits>;
  /** Undefined where the dictionary has no feature index on this machine. */
  readonly features: Lazy<FeatureIndex | undefined>;
  /** The index that the hub has of a dictionary that was fetched without: undefined where it has none. */
  readonly publishedFeatures: Lazy<FeatureIndex | undefined>;
  readonly #dictionary: Dictionary | undefined;

  static async open(choice: ModelChoice, provider: (checkpoint: Checkpoint) => Promise<ChosenProvider>) {
    const embedded = choice.model === undefined;
    const pack = embedded ? embeddedPack() : undefined;
    const checkpoint = await openCheckpoint(pack?.model ?? (await placeOf(choice.model!)));
    const folder = choice.dictionary === undefined ? pack?.dictionary : await placeOf(choice.dictionary);
    const dictionary = folder === undefined ? undefined : await openDictionary(folder);
    const tokenizer = await checkpoint.tokenizer();
    return new OpenModel(embedded, checkpoint, tokenizer, dictionary, await provider(checkpoint));
  }

  private constructor(
    embedded: boolean,
    checkpoint: Checkpoint,
    tokenizer: Tokenizer | undefined,
    dictionary: Dictionary | undefined,
    provider: ChosenProvider,
  ) {
    this.embedded = embedded;
    this.checkpoint = checkpoint;
    this.tokenizer = tokenizer;
    this.provider = provider;
    this.#dictionary = dictionary;
    const { settings } = provider;
    this.nextToken = new Lazy(() => NextTokenModel.create(checkpoint, settings));
    this.traceable = new Lazy<TraceableModel>(task =>
      dictionary === undefined
        ? loadNeuronModel(checkpoint, settings)
        : loadReplacementModel(checkpoint, dictionary, settings, task),
    );
    this.intervention = new Lazy(() => Promise.resolve(createIntervention(checkpoint, this.dictionary, settings)));
    this.chatTemplate = new Lazy(() => chatTemplateOf(checkpoint));
    this.decoder = new Lazy(() => DecoderLogits.create(checkpoint, this.dictionary, settings));
    this.features = new Lazy(() => openIndex(dictionary));
    this.publishedFeatures = new Lazy(task => openPublished(dictionary, task));
  }

  get hasDictionary(): boolean {
    return this.#dictionary !== undefined;
  }

  /** Errors: `usage` where a model was chosen without a dictionary. */
  get dictionary(): Dictionary {
    if (this.#dictionary !== undefined) return this.#dictionary;
    throw new CircuitError(
      'usage',
      `No dictionary is chosen for the model ${this.checkpoint.dir}, and this needs one.`,
      'Choose the dictionary that was made for this model (the setting circuit.dictionary).',
    );
  }

  async dispose(): Promise<void> {
    for (const made of [this.nextToken, this.traceable, this.intervention, this.decoder])
      await (await made.take())?.dispose();
  }
}

async function openIndex(dictionary: Dictionary | undefined): Promise<FeatureIndex | undefined> {
  if (dictionary === undefined) return undefined;
  const folder = featuresOf(dictionary);
  return (await hasFeatureIndex(folder)) ? openFeatureIndex(folder) : undefined;
}

/** What talks to the hub is loaded when it is asked for. */
async function openPublished(dictionary: Dictionary | undefined, task?: Task): Promise<FeatureIndex | undefined> {
  if (dictionary === undefined) return undefined;
  const { openPublishedIndex } = await import('../features/published-index.ts');
  return openPublishedIndex(featuresOf(dictionary), task, { attempts: 2 });
}

function featuresOf({ featuresDirectory, dir }: Dictionary): string {
  return featuresDirectory ?? join(dir, 'features');
}
