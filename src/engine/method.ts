import type { Task } from '../task.ts';
import type { OpenModel } from './open-model.ts';

/** What answers a request: the model is open for as long as it runs. */
export type EngineMethod<Params, Result> = (model: OpenModel, params: Params, task: Task) => Promise<Result>;
