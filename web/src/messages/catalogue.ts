// The shape that every language fills. A text that is missing in one of them does not compile.

import type { FactSource, ServiceKind, ServiceStep } from "../gen/shopbell/floor/v1/facts_pb";
import type { MomentSign, Outcome, SharedKind } from "../gen/shopbell/floor/v1/floor_pb";
import type { Phase } from "../state/link";

/** All texts of the page in one language. */
export interface Catalogue {
  readonly title: string;
  readonly someone: string;

  readonly signInTitle: string;
  readonly signInHint: string;
  readonly token: string;
  readonly signIn: string;
  readonly wrongToken: string;
  readonly badToken: string;

  readonly floorRegion: string;
  readonly cardRegion: string;
  here(count: number): string;
  wantHelp(count: number): string;
  readonly link: Record<Phase, string>;
  staleBanner(since: string): string;
  offlineBanner(since: string | undefined): string;
  /** The same as the two before, once names and cards are hidden. */
  veiledBanner(since: string): string;
  readonly waitingBanner: string;
  readonly emptyTitle: string;
  readonly emptyHint: string;
  readonly loadingFloor: string;
  readonly newBelow: string;

  readonly justNow: string;
  readonly help: string;
  helpFor(span: string): string;
  readonly helpJustNow: string;
  readonly withYou: string;
  withAssociate(name: string): string;
  leftAt(time: string): string;
  /** On a row. */
  readonly goodMoment: string;
  /** The same on a card, with what makes it one. */
  readonly sign: Record<MomentSign, string>;
  /** Of a guest who only just came in. */
  readonly letArrive: string;
  /** Of a guest who shows no sign of wanting a word. */
  readonly letLook: string;
  /** Of a guest who hardly ever likes more. */
  readonly helloOnly: string;
  readonly uncertain: string;
  readonly uncertainHint: string;
  stayed(span: string): string;
  readonly stayedBriefly: string;
  cameAt(time: string): string;
  arrived(name: string, zone: string | undefined): string;
  arrivedMany(count: number): string;

  readonly chooseTitle: string;
  readonly chooseHint: string;
  readonly closedTitle: string;
  readonly closedHint: string;
  readonly back: string;
  readonly loadingCard: string;
  /** While the card is hidden because the line is down. */
  readonly veiledCard: string;
  readonly waitingCard: string;
  readonly openingCard: string;
  readonly beforeGreeting: string;
  shares(kinds: string): string;
  readonly sharesPresence: string;
  /** Of the parts that are shared, those that hold nothing. */
  nothingIn(kinds: string): string;
  readonly shared: Record<SharedKind, string>;
  readonly greeted: string;
  readonly notThisPerson: string;

  readonly startersHeading: string;
  readonly nothingToSay: string;
  quote(line: string): string;
  readonly why: string;
  readonly used: string;
  readonly notNow: string;
  readonly said: string;
  readonly helpful: string;
  readonly helped: string;
  readonly wrong: string;
  readonly putAside: string;
  readonly putAsideWrong: string;
  readonly undo: string;
  readonly source: Record<FactSource, string>;

  readonly sizes: string;
  sizeOf(of: string): string;
  readonly wishList: string;
  readonly cart: string;
  readonly usualItems: string;
  readonly viewed: string;
  readonly orders: string;
  inStock(count: number): string;
  size(size: string): string;
  times(count: number): string;
  everyDays(days: number): string;
  lastOn(day: string): string;
  moreLines(count: number): string;
  /** A price that is another one than today's. */
  priceThen(price: string): string;
  checkoutSince(day: string): string;
  checkoutStep(step: number): string;
  coupon(code: string): string;
  couponEntered(code: string): string;
  refunded(amount: string): string;
  boughtTimes(count: number): string;
  wantedTimes(count: number): string;
  lookedAtTimes(count: number): string;
  lastIn(month: string): string;
  /** Where an order is known from that only a page told. */
  readonly notConfirmed: string;
  readonly told: string;
  readonly lately: string;
  readonly searches: string;
  quoted(words: string): string;
  readonly interests: string;
  readonly tastes: string;
  readonly brands: string;
  readonly preferences: string;
  preference(name: string): string;
  preferenceIs(name: string, value: string): string;
  readonly designs: string;
  readonly reviews: string;
  stars(tenths: number): string;
  readonly overall: string;
  overallSince(orders: number, month: string): string;
  readonly overallOrders: string;
  readonly overallPieces: string;
  readonly overallSpend: string;
  readonly overallRefunded: string;
  /** Where and when the last of all orders was. */
  overallLast(origin: string): string;
  readonly paidNow: string;
  pieces(count: number): string;
  readonly notes: string;
  readonly note: string;
  readonly noteHint: string;
  readonly noteSave: string;
  readonly noteCancel: string;
  readonly noteChange: string;
  readonly noteDelete: string;
  readonly noteChanged: string;
  readonly noteLost: string;
  /** Beside the day field of a note. */
  readonly promise: string;
  promiseBy(day: string): string;
  readonly promiseKept: string;
  readonly promiseKeep: string;
  readonly promiseUnkeep: string;
  readonly waits: string;
  service(kind: ServiceKind, step: ServiceStep): string;
  readonly serviceHere: string;
  serviceIn(store: string): string;
  until(day: string): string;
  showAll(count: number): string;
  readonly showLess: string;
  readonly tellSources: string;
  readonly hideSources: string;
  readonly sourceUnknown: string;

  readonly outcomeHeading: string;
  readonly outcome: Record<Outcome, string>;

  readonly notSent: string;
  readonly refused: string;
  readonly guestLeft: string;
  readonly language: string;
  readonly languageName: string;
  readonly switchAssociate: string;
  /** Beside the name of the associate; the beginning of `switchAssociate`. */
  readonly switchShort: string;
  switchUnsent(count: number): string;
  readonly switchAnyway: string;
  readonly stay: string;
}
