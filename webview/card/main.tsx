import './card.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import type { CardHostMessage, CardMessage, CardReplies, CardRequest, FeatureCard } from '../card-protocol.ts';
import { connectHost } from '../host.ts';
import { setTranslations } from '../translate.ts';
import { registerToolkit } from '../ui/toolkit.ts';
import { App } from './app.tsx';

const root = document.getElementById('root');
setTranslations(root?.dataset['texts']);
registerToolkit();
const card = signal<FeatureCard | null | undefined>(undefined);
const ofNeurons = signal(false);
const focusLabel = signal<object | null>(null);
const testAsked = signal<{ readonly text: string | null } | null>(null);
const host = connectHost<CardMessage, CardRequest, CardReplies>((message: CardHostMessage) => {
  switch (message.type) {
    case 'show':
      card.value = message.card;
      ofNeurons.value = message.ofNeurons ?? false;
      break;
    case 'focus-label':
      focusLabel.value = {};
      break;
    case 'focus-test':
      testAsked.value = { text: message.text ?? null };
      break;
  }
});

if (root !== null) render(<App host={host} state={{ card, ofNeurons, focusLabel, testAsked }} />, root);
host.post({ type: 'ready' });
