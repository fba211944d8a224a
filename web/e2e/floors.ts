// Invented guests of an invented shop, for the browser tests and the pictures.

import { create } from "@bufbuild/protobuf";
import * as facts from "../src/gen/shopbell/floor/v1/facts_pb";
import * as floor from "../src/gen/shopbell/floor/v1/floor_pb";
import type { CardOf, FakeShop } from "./fake-shop";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The visit with a number, as 32 hexadecimal digits. */
export function visitId(number: number): string {
  return number.toString(16).padStart(32, "0");
}

/** What a test says of a guest; the rest is made up. */
export interface Sketch {
  readonly name?: string;
  readonly zone?: string;
  readonly minutes?: number;
  readonly helpMinutes?: number;
  readonly greetedBy?: string;
  readonly leftMinutes?: number;
  readonly uncertain?: boolean;
  readonly sign?: floor.MomentSign;
}

/** A guest whose visit began some minutes before the shop's now. */
export function guest(shop: FakeShop, number: number, sketch: Sketch): floor.Guest {
  const ago = (minutes: number) => BigInt(Math.round(shop.now() - minutes * MINUTE));
  const state = sketch.uncertain
    ? floor.GuestState.UNCERTAIN
    : sketch.leftMinutes === undefined
      ? floor.GuestState.HERE
      : floor.GuestState.LEFT;
  return create(floor.GuestSchema, {
    visitId: visitId(number),
    zoneId: sketch.zone ?? "entrance",
    beganAtMs: ago(sketch.minutes ?? 0),
    state,
    cardRevision: 1n,
    ...(sketch.sign === undefined ? {} : { sign: sketch.sign }),
    ...(sketch.name === undefined ? {} : { displayName: sketch.name }),
    ...(sketch.helpMinutes === undefined ? {} : { helpSinceMs: ago(sketch.helpMinutes) }),
    ...(sketch.greetedBy === undefined ? {} : { greetedBy: sketch.greetedBy }),
    ...(sketch.leftMinutes === undefined ? {} : { leftAtMs: ago(sketch.leftMinutes) }),
  });
}

/** Twelve guests as a Saturday brings them, with names as long as they come. */
export function busyFloor(shop: FakeShop): void {
  const sketches: Sketch[] = [
    { name: "Marie-Antoinette de La Rochefoucauld-Montmorency", zone: "shoes", minutes: 78, greetedBy: "Maximilien" },
    { name: "Jean-Paul", zone: "shoes", minutes: 41, greetedBy: "Inès" },
    { name: "Aminata", minutes: 34, leftMinutes: 5 },
    { zone: "men", minutes: 28 },
    { name: "Camille R.", zone: "women", minutes: 21, helpMinutes: 6 },
    { name: "Léopoldine", zone: "women", minutes: 17 },
    { minutes: 15, zone: "women", uncertain: true },
    { name: "Étienne", zone: "men", minutes: 12, sign: floor.MomentSign.DWELL },
    { name: "Anne-Sophie Vandenbroucke-Desrousseaux", zone: "entrance", minutes: 9, helpMinutes: 2 },
    { zone: "entrance", minutes: 6 },
    { name: "Noémie", zone: "women", minutes: 3 },
    { name: "Guillaume-Alexandre", zone: "entrance", minutes: 0.3 },
  ];
  sketches.forEach((sketch, index) => shop.put(guest(shop, index + 1, sketch)));
  shop.cards.set(visitId(1), fullCard(shop));
  shop.cards.set(visitId(2), fullCard(shop));
  shop.cards.set(visitId(5), fullCard(shop));
  shop.cards.set(visitId(6), quietCard());
  shop.cards.set(visitId(9), fullCard(shop));
}

/** A guest of whom nothing is to be said yet, or only little. */
export function momentCard(moment: floor.CardMoment): CardOf {
  return () => create(floor.CardSchema, { shares: [1, 2], moment });
}

/** Many guests, for speed. */
export function crowd(shop: FakeShop, count: number): void {
  const zones = ["entrance", "women", "shoes", "men"];
  for (let number = 1; number <= count; number += 1) {
    const zone = zones[number % zones.length] ?? "entrance";
    const named = number % 3 === 0 ? {} : { name: `Client ${number}` };
    shop.put(guest(shop, number, { ...named, zone, minutes: count - number }));
  }
}

/** A guest who shares all there is. */
export function fullCard(shop: FakeShop): CardOf {
  const ago = (days: number) => BigInt(Math.round(shop.now() - days * DAY));
  return (language) => {
    const say = (en: string, fr: string) => (language === "fr" ? fr : en);
    const euros = (amount: number) => create(facts.MoneySchema, { minor: BigInt(Math.round(amount * 100)), currency: "EUR" });
    const web = { source: facts.FactSource.PAGE, quantity: 1 };
    return create(floor.CardSchema, {
      shares: [1, 2, 3, 4, 7, 5, 6, 8],
      starters: [
        {
          id: "help",
          kind: floor.StarterKind.HELP_WANTED,
          say: say("You asked for someone. How can I help?", "Vous avez demandé quelqu’un. Comment puis-je vous aider\u202f?"),
          reason: say("asked for help just now", "demande d’aide à l’instant"),
          facts: [{ text: say("Touched “I want help now”", "A touché «\u00a0Je voudrais de l’aide\u00a0»"), atMs: ago(0), source: facts.FactSource.CUSTOMER }],
        },
        {
          id: "wish",
          kind: floor.StarterKind.WISH_ARRIVED,
          say: say("The linen coat you saved came in, in 38.", "Le manteau en lin que vous aviez gardé est arrivé, en 38."),
          reason: say("wish list, 12 Nov; in stock here: 2", "liste d’envies, 12 nov.\u202f; en stock ici\u00a0: 2"),
          facts: [
            { text: say("Saved the linen coat, size 38", "A gardé le manteau en lin, taille 38"), atMs: ago(9), source: facts.FactSource.WEB },
            { text: say("Two pieces in size 38 arrived", "Deux pièces en taille 38 sont arrivées"), atMs: ago(1), source: facts.FactSource.STOCK },
          ],
        },
        {
          id: "usual",
          kind: floor.StarterKind.USUAL_DUE,
          say: say("Shall I put your usual hand cream aside?", "Je vous mets votre crème pour les mains habituelle de côté\u202f?"),
          reason: say("about every 60 days, last 64 days ago", "environ tous les 60 jours, dernier achat il y a 64 jours"),
          facts: [{ text: say("Bought five times", "Achetée cinq fois"), atMs: ago(64), source: facts.FactSource.TILL }],
        },
      ],
      sizes: [
        { of: "tops", size: "38", atMs: ago(90), source: facts.FactSource.CUSTOMER },
        { of: "shoes", size: "39,5", atMs: ago(400), source: facts.FactSource.CUSTOMER },
        { of: say("Women / Dresses", "Femme / Robes"), size: "38", atMs: ago(180), source: facts.FactSource.TILL, times: 2 },
        { of: "shoes", size: "40", atMs: ago(30), source: facts.FactSource.PAGE },
      ],
      wishList: [
        { ...web, productId: "p1", name: say("Linen coat, navy", "Manteau en lin, marine"), size: "38", atMs: ago(9), inStockHere: 2, price: euros(249), priceThen: euros(299) },
        { ...web, productId: "p2", name: say("Silk scarf with hand-rolled edges", "Carré de soie roulotté à la main"), atMs: ago(21), inStockHere: 0, price: euros(145), priceThen: euros(145) },
        { ...web, productId: "p3", name: say("Leather belt", "Ceinture en cuir"), atMs: ago(380) },
        { ...web, productId: "p7", name: say("Cashmere hat", "Bonnet en cachemire"), atMs: ago(390), inStockHere: 6, price: euros(79.5) },
      ],
      cart: [{ ...web, productId: "p4", name: say("Merino jumper, ecru", "Pull en mérinos, écru"), size: "M", atMs: ago(3), inStockHere: 4, quantity: 2, price: euros(110) }],
      checkout: { beganAtMs: ago(2), lastAtMs: ago(2), step: 2, source: facts.FactSource.WEB },
      coupons: [{ code: "BIENVENUE10", applied: false, atMs: ago(2), source: facts.FactSource.WEB }],
      usualItems: [
        {
          ...{ productId: "p5", name: say("Hand cream, 75 ml", "Crème pour les mains, 75 ml"), times: 5, lastAtMs: ago(64), everyDays: 60 },
          ...{ source: facts.FactSource.TILL, inStockHere: 12, price: euros(24.9) },
        },
      ],
      viewed: [
        { ...web, productId: "p6", name: say("Straight jeans", "Jean coupe droite"), size: "28", atMs: ago(2), inStockHere: 1, price: euros(95) },
        { ...web, productId: "p8", name: say("Suede loafers", "Mocassins en daim"), atMs: ago(4) },
      ],
      searches: [{ query: say("summer dress with sleeves", "robe d’été à manches"), atMs: ago(2), source: facts.FactSource.WEB }],
      interests: [
        { category: say("Women / Coats", "Femme / Manteaux"), lastAtMs: ago(2), source: facts.FactSource.WEB },
        { category: say("Women / Shoes", "Femme / Chaussures"), lastAtMs: ago(4), source: facts.FactSource.WEB },
      ],
      brands: [
        {
          name: "Maison Lune",
          bought: { times: 3, firstAtMs: ago(700), lastAtMs: ago(64), source: facts.FactSource.TILL },
          wanted: { times: 1, firstAtMs: ago(9), lastAtMs: ago(9), source: facts.FactSource.WEB },
        },
        { name: "Atelier Sept", lookedAt: { times: 4, firstAtMs: ago(30), lastAtMs: ago(2), source: facts.FactSource.WEB } },
      ],
      preferences: [
        { name: "colour", value: say("navy", "marine"), atMs: ago(120), source: facts.FactSource.CUSTOMER },
        { name: "fit", value: say("loose", "ample"), atMs: ago(120), source: facts.FactSource.CUSTOMER },
      ],
      designs: [
        {
          ...{ designId: "d1", productId: "p9", name: say("Trainers Pavé", "Baskets Pavé"), atMs: ago(12), source: facts.FactSource.WEB },
          choices: [
            { name: say("sole", "semelle"), value: say("ecru", "écrue") },
            { name: say("laces", "lacets"), value: say("green", "verts") },
            { name: say("initials", "initiales"), value: "C. R." },
          ],
        },
      ],
      reviews: [{ productId: "p5", name: say("Hand cream, 75 ml", "Crème pour les mains, 75 ml"), ratingTenths: 45, atMs: ago(60), source: facts.FactSource.WEB }],
      visitOrders: [{ orderId: "v1", atMs: ago(0.004), pieces: 2, total: euros(64) }],
      notes: [
        {
          ...{ noteId: "n1", text: say("Looking for a coat for a wedding in May.", "Cherche un manteau pour un mariage en mai."), author: "Inès" },
          ...{ atMs: ago(40), source: facts.FactSource.ASSOCIATE, mayEdit: true, mayDelete: true },
        },
        {
          ...{ noteId: "n2", text: say("Prefers to try on alone.", "Préfère essayer sans être accompagnée."), author: "Maximilien" },
          ...{ atMs: ago(120), changedAtMs: ago(90), source: facts.FactSource.ASSOCIATE },
        },
      ],
      notesOpen: true,
      services: [
        {
          ...{ serviceId: "k1", kind: facts.ServiceKind.PICK_UP, step: facts.ServiceStep.READY, lines: 1, store: "Lyon", isHere: true },
          ...{ items: [say("Wool beret", "Béret en laine")], atMs: ago(1), untilMs: ago(-6), source: facts.FactSource.WEB },
        },
        {
          ...{ serviceId: "r1", kind: facts.ServiceKind.RETURN, step: facts.ServiceStep.ANNOUNCED, lines: 1, store: "", isHere: false },
          ...{ items: [say("Leather belt", "Ceinture en cuir")], atMs: ago(2), source: facts.FactSource.PAGE },
        },
      ],
      lifetime: {
        orders: { times: 14, firstAtMs: ago(1_700), lastAtMs: ago(64), source: facts.FactSource.TILL },
        pieces: 31n,
        spend: [euros(2_184.4)],
        refunded: [euros(145)],
      },
      orders: [
        {
          ...{ orderId: "o3", atMs: ago(1), source: facts.FactSource.PAGE, lines: 1, total: euros(59) },
          items: [say("Striped tee", "Marinière")],
        },
        {
          ...{ orderId: "o1", atMs: ago(64), source: facts.FactSource.TILL, lines: 1, total: euros(24.9) },
          items: [say("Hand cream, 75 ml", "Crème pour les mains, 75 ml")],
        },
        {
          orderId: "o2",
          total: euros(318),
          refunded: [euros(145)],
          atMs: ago(402),
          source: facts.FactSource.WEB,
          items: [say("Ankle boots", "Bottines"), say("Socks", "Chaussettes"), say("Shoe cream", "Cirage")],
          lines: 6,
        },
      ],
    });
  };
}

/** A guest of whom little is known. */
export function fewFacts(shop: FakeShop): CardOf {
  return (language) => {
    const { cart, searches } = fullCard(shop)(language);
    return create(floor.CardSchema, { shares: [1, 2, 3, 4, 6], cart, searches });
  };
}

/** A guest who shares the name and sizes; nothing is to be said. */
export function quietCard(): CardOf {
  return () => create(floor.CardSchema, { shares: [1, 3], sizes: [{ of: "shoes", size: "40" }] });
}
