import type { Engine, FindModel, Log } from './engine.ts';
import type { Session } from './session.ts';

/** What the views of investigations need of the rest of the extension; the composition root provides it. */
export interface InvestigationServices {
  readonly engine: Engine;
  readonly log: Log;
  /** The folder of investigations and graphs that were not saved yet. */
  readonly graphFolder: string;
  /** Where this program's `dist` and `media` are. */
  readonly extensionFolder: string;
  readonly findModel: FindModel;
  /** False in a workspace that is not trusted, where `findModel` finds nothing. */
  readonly isTrusted?: () => boolean;
  /** Traces the investigation's prompt for another target, and shows the result. */
  retarget(session: Session, target: string | null): Promise<void>;
  /** Repeats what failed last for this session, if there is something. */
  retry(session: Session): Promise<void>;
}
