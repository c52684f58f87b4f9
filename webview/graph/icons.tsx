/** Outlines in the manner of the editor's icons, drawn with the colour of the text. */

const PATHS = {
  filter: 'M1.5 3h13M4 8h8M6.5 13h3',
  lists: 'M2 3.5h12v9H2zM9.5 3.5v9',
  help: 'M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.6-.9 1.2M8 11.2v.6',
  fit: 'M2 5.5V2h3.5M10.5 2H14v3.5M14 10.5V14h-3.5M5.5 14H2v-3.5M5 5h6v6H5z',
  zoomIn: 'M8 2.5v11M2.5 8h11',
  zoomOut: 'M2.5 8h11',
  fullScreen: 'M9.5 6.5 14 2M10 2h4v4M6.5 9.5 2 14M6 14H2v-4',
  search: 'M6.8 11.6a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6ZM10.4 10.4 14 14',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
