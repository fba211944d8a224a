// The whole page in one object: signed out, or one associate's session. Composition only: what a message or a
// tap means stands in state/, how the server is reached in api/.

import { connectFloor } from "../api/client";
import { forgetToken, looksLikeToken, storeToken, storedToken, takeTokenFromAddress } from "../api/token";
import { Session } from "./session.svelte";

/** Why the sign-in field is shown again. */
export type SignInProblem = "wrong-token" | "bad-token";

/** The page. Everything that is known of guests hangs on `session`: drop it and it is forgotten. */
export class Tablet {
  session = $state.raw<Session>();
  problem = $state<SignInProblem>();

  /** Takes up the token of the address, or the one of this tab. */
  start(): void {
    const token = takeTokenFromAddress() ?? storedToken();
    if (token !== undefined) this.signIn(token);
    window.addEventListener("hashchange", () => {
      const fresh = takeTokenFromAddress();
      if (fresh !== undefined) this.signIn(fresh);
    });
    window.addEventListener("online", () => this.session?.hurry());
    window.addEventListener("offline", () => this.session?.networkGone());
    document.addEventListener("visibilitychange", () => this.session?.lookedAt(!document.hidden));
  }

  /** Begins a session; one of somebody else is wiped first. */
  signIn(text: string): void {
    const token = text.trim();
    this.#wipe();
    if (!looksLikeToken(token)) {
      this.problem = "bad-token";
      return;
    }
    storeToken(token);
    this.problem = undefined;
    this.session = new Session(connectFloor(token), () => this.#denied());
    this.session.start();
  }

  /** Ends the session and leaves nothing of it on the screen or in memory. */
  switchAssociate(): void {
    this.#wipe();
    this.problem = undefined;
  }

  #denied(): void {
    this.#wipe();
    this.problem = "wrong-token";
  }

  #wipe(): void {
    this.session?.stop();
    this.session = undefined;
    forgetToken();
  }
}
