import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { h, type ComponentChildren, type Ref, type VNode } from 'preact';

/**
 * The only place that knows the UI toolkit (archived upstream): what the pages use of it, as components. A successor
 * takes the place of this file.
 */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeTextArea(), vsCodeTextField());
}

interface Widget {
  readonly id?: string;
  readonly class?: string;
  readonly title?: string;
  readonly disabled?: boolean;
  readonly children?: ComponentChildren;
  readonly element?: Ref<HTMLElement>;
  readonly 'aria-label'?: string;
  readonly 'data-test'?: string;
  readonly onClick?: (event: MouseEvent) => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

interface Field extends Widget {
  readonly value?: string;
  readonly placeholder?: string;
  readonly readonly?: boolean;
  readonly onInput?: (event: Event) => void;
  readonly onChange?: (event: Event) => void;
}

/** `element` takes the element itself, as `ref` does. */
function render(tag: string, { element, children, ...props }: Widget): VNode<object> {
  const attributes: object = { ...props, ref: element ?? null };
  return h(tag, attributes, children);
}

export const Button = (props: Widget & { readonly appearance?: 'primary' | 'secondary' | 'icon' }) =>
  render('vscode-button', props);
export const Checkbox = (props: Widget & { readonly checked?: boolean; readonly onChange?: (event: Event) => void }) =>
  render('vscode-checkbox', props);
export const TextArea = (props: Field & { readonly rows?: number }) => render('vscode-text-area', props);
export const TextField = (props: Field) => render('vscode-text-field', props);

/** The value of a field that an event came from. */
export function fieldValue(event: Event): string {
  return (event.currentTarget as unknown as { value: string }).value;
}

export function fieldChecked(event: Event): boolean {
  return (event.currentTarget as unknown as { checked: boolean }).checked;
}
