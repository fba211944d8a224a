// The words of the page in the language chosen now. Views read `words.t` and `words.formats`; nothing else speaks.
//
// To add a text: a line in catalogue.ts, one in each language. To add a language: language.ts, format.ts, a file
// like en.ts, and the map below.

import type { Catalogue } from "./catalogue";
import { en } from "./en";
import { formatsFor, type Formats } from "./format";
import { fr } from "./fr";
import { firstLanguage, type Language } from "./language";

const KEY = "shopbell.language";
/** Every language by its tag. */
export const CATALOGUES: Record<Language, Catalogue> = { en, fr };

class Words {
  #language = $state<Language>(firstLanguage(localStorage.getItem(KEY), navigator.languages));
  readonly t: Catalogue = $derived(CATALOGUES[this.#language]);
  readonly formats: Formats = $derived(formatsFor(this.#language));

  /** The language of now. */
  get language(): Language {
    return this.#language;
  }

  /** Speaks another language from now on, on this tablet. */
  choose(language: Language): void {
    this.#language = language;
    localStorage.setItem(KEY, language);
  }
}

/** The page's words. */
export const words = new Words();
