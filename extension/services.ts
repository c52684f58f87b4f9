import type * as vscode from 'vscode';
import type { EngineClient } from './engine/engine-client.ts';
import type { GraphLibrary } from './investigation/graph-library.ts';
import type { OpenSessions } from './investigation/open-sessions.ts';
import type { InvestigationServices } from './investigation/services.ts';
import type { Remedies } from './messages.ts';
import type { KnownModels } from './model/known-models.ts';
import type { StatusBar } from './status-bar.ts';
import type { InvestigationStorage } from './storage.ts';
import type { TextLink } from './text-link/text-link.ts';
import type { TraceService } from './trace/trace-service.ts';

/** The parts of the extension, made in extension.ts and passed to whatever needs them. */
export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly engine: EngineClient;
  readonly storage: InvestigationStorage;
  readonly graphs: GraphLibrary;
  /** Investigations and graphs that are open. */
  readonly sessions: OpenSessions;
  readonly models: KnownModels;
  /** How a model and dictionary are opened that were used here before; undefined in a workspace that is not trusted. */
  readonly findModel: InvestigationServices['findModel'];
  readonly traces: TraceService;
  readonly statusBar: StatusBar;
  readonly textLink: TextLink;
  /** Opens an investigation beside the text. */
  openInvestigation(investigation: vscode.Uri): Promise<void>;
  /** False in a workspace that is not trusted, after saying so. */
  mayLoadModels(): Promise<boolean>;
  /** Tells a person that something failed; true if it is to be tried again. Cancelling is not a failure. */
  offerRetry(error: unknown, what: string, own?: Remedies): Promise<boolean>;
}
