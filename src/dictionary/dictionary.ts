import {
  assertFinite,
  assertFiniteValues,
  gatherRows,
  identityOf,
  readFloat32,
  type OpenFiles,
  type SafetensorsFile,
  type TensorRef,
} from '../checkpoint/index.ts';
import type { Task } from '../task.ts';
import { decoderTable, type StoredDecoder } from './decoder-table.ts';
import type { DictionaryConfig, DictionaryKind, InputHook, OutputHook } from './dictionary-config.ts';
import { ColumnReader } from './encoder-columns.ts';

/** `jumprelu`: x where x > threshold, else 0. `topk`: the k largest of a position's layer, negative ones too. */
export type DictionaryActivation = 'relu' | 'jumprelu' | 'topk';

/** One layer's part of a dictionary: where its tensors lie. */
export interface DictionaryLayer extends StoredDecoder {
  readonly layer: number;
  /** [nFeatures, dModel], or [dModel, nFeatures] where `encoderIsTransposed` (GemmaScope). */
  readonly wEnc: TensorRef;
  readonly encoderIsTransposed: boolean;
  /** [nFeatures] */
  readonly bEnc: TensorRef;
  /** [dModel] */
  readonly bDec: TensorRef;
  /** [nFeatures], of jumprelu only. */
  readonly threshold: TensorRef | undefined;
  readonly wSkip: SkipConnection | undefined;
}

/** A linear path from the dictionary's input to its output at the same layer, [dModel, dModel]. */
export interface SkipConnection {
  readonly ref: TensorRef;
  /** `out-in`: applied as x @ W^T (circuit-tracer's PLTs); `in-out`: applied as x @ W (CLTs, GemmaScope 2). */
  readonly orientation: 'out-in' | 'in-out';
}

/** The vectors of a layer that every use needs; checked to be finite. */
export interface DictionaryBiases {
  /** [nFeatures] */
  readonly bEnc: Float32Array;
  /** [dModel] */
  readonly bDec: Float32Array;
  /** [nFeatures], of jumprelu only. */
  readonly threshold: Float32Array | undefined;
}

export interface DictionaryParts {
  readonly dir: string;
  readonly config: DictionaryConfig;
  readonly configText: string;
  readonly activation: DictionaryActivation;
  readonly dModel: number;
  readonly layers: readonly DictionaryLayer[];
  readonly files: readonly SafetensorsFile[];
  readonly featuresDirectory: string | undefined;
}

/** A set of per-layer transcoders (PLT) or a cross-layer transcoder (CLT) on disk. Holds no weights. */
export class Dictionary {
  readonly dir: string;
  readonly config: DictionaryConfig;
  readonly activation: DictionaryActivation;
  readonly dModel: number;
  readonly layers: readonly DictionaryLayer[];
  readonly files: readonly SafetensorsFile[];
  /** The published feature examples (`features/`), where the folder has them. */
  readonly featuresDirectory: string | undefined;
  readonly #configText: string;
  readonly #columns: (ColumnReader | undefined)[] = [];
  #identity: Promise<string> | undefined;

  constructor(parts: DictionaryParts) {
    this.dir = parts.dir;
    this.config = parts.config;
    this.activation = parts.activation;
    this.dModel = parts.dModel;
    this.layers = parts.layers;
    this.files = parts.files;
    this.featuresDirectory = parts.featuresDirectory;
    this.#configText = parts.configText;
  }

  get kind(): DictionaryKind {
    return this.config.kind;
  }
  get inputHook(): InputHook {
    return this.config.inputHook;
  }
  get outputHook(): OutputHook {
    return this.config.outputHook;
  }
  /** Of topk only. */
  get k(): number | undefined {
    return this.config.k;
  }
  get nLayers(): number {
    return this.layers.length;
  }
  /** Of all layers together. */
  get nFeatures(): number {
    return this.layers.reduce((sum, layer) => sum + layer.nFeatures, 0);
  }
  /** The sizes of all weight files together, in bytes. */
  get totalBytes(): number {
    return this.files.reduce((sum, file) => sum + file.size, 0);
  }

  /** sha256 (hex) of configuration and weights, see identityOf; read once. */
  identity(): Promise<string> {
    this.#identity ??= identityOf([this.#configText], this.files);
    return this.#identity;
  }

  /** Biases and thresholds of a layer. Errors: `file-damaged` naming file, tensor and index of a NaN or infinity. */
  async biases(layer: number): Promise<DictionaryBiases> {
    const { bEnc, bDec, threshold } = this.layers[layer];
    return {
      bEnc: await readFinite(bEnc),
      bDec: await readFinite(bDec),
      threshold: threshold === undefined ? undefined : await readFinite(threshold),
    };
  }

  /** [features.length, dModel]: what each feature of `layer` reads, in the order given. */
  encoderRows(layer: number, features: ArrayLike<number>, task?: Task, files?: OpenFiles): Promise<Float32Array> {
    const { wEnc, encoderIsTransposed } = this.layers[layer];
    if (encoderIsTransposed) return (this.#columns[layer] ??= new ColumnReader(wEnc)).read(features);
    return gatherRows(wEnc, features, task, files);
  }

  /** [features.length, nOutputs, dModel]: what each feature of `layer` writes to the layers from its own on. */
  decoderRows(layer: number, features: ArrayLike<number>, task?: Task, files?: OpenFiles): Promise<Float32Array> {
    const { table, outputs, rowOf } = decoderTable(this.layers[layer]);
    const rows = new Float64Array(features.length * outputs);
    for (let i = 0; i < rows.length; i++) rows[i] = rowOf(features[Math.floor(i / outputs)], i % outputs);
    return gatherRows(table, rows, task, files);
  }

  /** Reads every tensor once. Errors: `file-damaged` naming the first that holds a NaN or an infinity. */
  async assertFinite(task?: Task): Promise<void> {
    for (const { layer, wEnc, bEnc, bDec, threshold, wDec, wSkip } of this.layers) {
      task?.progress?.('check weights', layer, this.nLayers);
      for (const ref of [threshold, bEnc, bDec, wEnc, wDec, wSkip?.ref]) {
        if (ref !== undefined) await assertFinite(ref, task);
      }
    }
    task?.progress?.('check weights', this.nLayers, this.nLayers);
  }
}

async function readFinite(ref: TensorRef): Promise<Float32Array> {
  const values = await readFloat32(ref);
  assertFiniteValues(ref, values);
  return values;
}
