import { t, type GraphText } from './texts.ts';
import { Icon, type IconName } from './icons.tsx';
import { usePanel } from './panel.ts';

/** Over the drawing's corner: how much of it is seen. */
export function CanvasTools() {
  const { store, commands } = usePanel();
  const tools: readonly (readonly [IconName, GraphText, () => void])[] = [
    ['fit', 'Show all (F)', () => commands.canvas?.fit()],
    ['zoomIn', 'Zoom in (+)', () => commands.canvas?.zoom(1.25)],
    ['zoomOut', 'Zoom out (−)', () => commands.canvas?.zoom(0.8)],
    ['fullScreen', 'Full screen', () => store.host.post({ type: 'run', command: 'circuit.graph.fullScreen' })],
  ];
  return (
    <div class="canvas-tools" role="group" aria-label={t('Drawing')} onKeyDown={event => event.stopPropagation()}>
      {tools.map(([icon, name, press]) => (
        <button key={icon} type="button" class="tool" aria-label={t(name)} title={t(name)} onClick={press}>
          <Icon name={icon} />
        </button>
      ))}
    </div>
  );
}
