// Where the associate's token lives: the address once, this tab's session storage afterwards, nowhere else.

const KEY = "shopbell.token";

/** Whether a text can be sent as a token at all: a header takes visible ASCII only. */
export function looksLikeToken(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}

/** The token in `#token=...`, if there is one. */
export function tokenInFragment(fragment: string): string | undefined {
  const token = new URLSearchParams(fragment.replace(/^#/, "")).get("token")?.trim();
  return token && looksLikeToken(token) ? token : undefined;
}

/** Takes the token out of the address, so that it stays neither on the screen nor in the history. */
export function takeTokenFromAddress(): string | undefined {
  const token = tokenInFragment(location.hash);
  if (location.hash.includes("token=")) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

/** The token of this tab. */
export function storedToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** Keeps the token as long as this tab lives. */
export function storeToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

/** Forgets the token. */
export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
