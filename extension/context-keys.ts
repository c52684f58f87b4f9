import * as vscode from 'vscode';

/** The context keys that `when` clauses of package.json ask for, and what each holds. */
export interface ContextValues {
  /** An investigation's editor is the active one. */
  readonly 'circuit.hasInvestigation': boolean;
  readonly 'circuit.engineBusy': boolean;
  /** The kind of what is selected in the active graph: `feature`, `token`, ..., `several`, or nothing. */
  readonly 'circuit.selectionKind': string | undefined;
  /** The active investigation's model is not on this machine. */
  readonly 'circuit.modelMissing': boolean;
}

const current = new Map<string, unknown>();

/** Sets a context key; nothing happens if it has that value already. */
export function setContext<Key extends keyof ContextValues>(key: Key, value: ContextValues[Key]): void {
  if (current.has(key) && current.get(key) === value) return;
  current.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}
