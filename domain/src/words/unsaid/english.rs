//! The tables of English.

use super::{
    Class, Table,
    Unsaid::{Haste, Insult, OfOne, Price, Watching},
};

pub(super) static CLASSES: [Class; 16] = [
    ("WE", "we, i, our team, our colleague*, my colleague*, they"),
    (
        "HAVE",
        "have, ve, had, d, just, also, all, already, have been, ve been, have just, ve just, have already, ve
         already, have also, ve also, are, re, were",
    ),
    ("SAW", "saw, seen, noticed, spotted, observed, watched, watching, tracked, tracking"),
    (
        "FOLLOWED",
        "followed, following, remembered, remembering, recognised, recognized, recorded, monitored, monitoring,
         identified, missed, found, studied, noted, knew, guessed",
    ),
    (
        "KNOW",
        "know, see, notice, remember, recall, recognise, recognize, watch, track, follow, monitor, understand,
         guess, can see, can tell, could see, keep track of, heard, read",
    ),
    (
        "LINK",
        "that, what, which, how, when, where, who, why, if, from, all, everything, about, of, exactly what,
         exactly how, all about, just what, by, in, the coat",
    ),
    ("YOU", "you, your, yours"),
    (
        "EVER",
        "have, ve, had, d, recently, already, just, once, also, often, usually, really, have already, ve already,
         have just, ve just, have recently, ve recently, have often, ve often, have been, ve been, had been,
         were, almost, nearly, even, last, have also, ve also, so",
    ),
    (
        "DID",
        "looked, looking at, viewed, viewing, browsed, browsing, searched, searching, bought, purchased, ordered,
         saved, liked, loved, wished, wanted, tried, visited, asked, added, clicked, wore, worn, returned, chose,
         chosen, picked, admired, considered, considering, hesitated, abandoned, forgot, forgotten, signed up,
         subscribed, spent, paid, preferred, told us, told me, mentioned, came, stood, stopped by, passed by,
         checked, scanned, tapped, googled, compared, reserved, left, put aside, put away, put in, put into,
         eyeing, thinking, been looking, missed, shopped, saw, favourited, favorited",
    ),
    (
        "WERE",
        "here, there, comparing, hesitating, looking, searching, browsing, viewing, in the shop, in our shop, with us, after,
         interested, wearing, online, waiting for, seen, near, thinking, on our, on the",
    ),
    ("OWN", "shopping, online, web, wish, current, own, customer, whole, mobile, personal"),
    (
        "THING",
        "cart, carts, basket, baskets, shopping bag, wish list, wish lists, wishlist*, list, lists, saved,
         favourites, favorites, favourite is, favorite is, favourite has, profile, account, data, phone, phones,
         smartphone*, mobile, device, devices, app, apps, screen, history, search, searches, browsing, browser,
         click, clicks, location, whereabouts, purchase, purchases, habit, habits, behaviour, behavior,
         preferences, taste, tastes, points, loyalty, spending, inbox, birthday, last, latest, recent, previous,
         past, usual",
    ),
    ("NUM", "0, one, two, three, four, five, six, ten, twelve, fifteen, twenty, thirty, fifty"),
    ("UNIT", "minute*, hour*, step*, metre*, meter*, kilometre*, gram*, floor*, stop*, seat*, g, kg"),
    (
        "STUFF",
        "wool*, cotton, silk, linen, cashmere, merino, leather, down, alpaca, mohair, hemp, polyester, nylon,
         viscose, recycl*, organic*, natural*, vegan, pure, vegetable*, fresh, cocoa, cacao, arabica, juice,
         fruit, french, local, made in, handmade, waterproof, renewable, biodegradable, laine*, coton, soie, lin,
         cachemire, cuir, merinos, alpaga, bio, biologique*, naturel*, vegetal*, pur, francais*, jus, fruits,
         biodegradable*, impermeable*, duvet, main, local*, artisanal*, chanvre",
    ),
    (
        "LOOKS",
        "fat, thin, skinny, ugly, old, older, poor, rich, tired, pale, sick, ill, overweight, short, big, stupid,
         alone, single, bored, lost, sad, stressed, nervous",
    ),
];

pub(super) static TABLES: [Table; 5] = [
    Table {
        why: Watching,
        said: "WE HAVE? SAW, WE HAVE? FOLLOWED LINK? YOU, WE KNOW LINK? YOU, WE miss you, told me, told us,
               camera* saw, camera* recogni*, watching you, spying, surveillance, an eye on you, you EVER? DID,
               you were WERE, you often, you usually, WE HAVE? kept your, your OWN? THING, in the cart, in the
               basket, saved for later, left behind, online you, because you, since you, based on your, based on
               what, according to your, last time, the other day, see you again, see you back, see you after, you
               again, welcome back, been a while, long time no, happy birthday, screen says, screen tells, screen shows,
               tablet says, tablet tells, tablet shows, our system, algorithm*, artificial intelligence, tells me you,
               tells us you, still thinking about, still hesitating, still undecided, i hear you, we hear you, i
               heard you, your husband was, your wife was, your partner was, your mother was",
        except: "if you, whether you, have you, did you, had you, until you, once you ve, hope to, wanted to
                 know, always wanted, to your taste, for your taste, with your phone, charge your phone, repair
                 your phone, protect your phone, clean your screen, since you can, we read, i read, what you put
                 aside",
    },
    Table {
        why: OfOne,
        said: "your order, your orders, your parcel*, your package, your refund*, in your size, just for you,
               only for you, especially for you, specially for you, for you alone, for you personally, picked for
               you, selected for you, chosen for you, recommended for you, your personal offer*, your offer*,
               people like you, customers like you, loyal customer*, vip, vips, best customers, is your size, s your
               size, you take a 0, you spend, sorry for your loss, condolences",
        except: "",
    },
    Table {
        why: Price,
        said: "euro, euros, eur, dollar*, usd, pound, pounds, gbp, sterling, chf, yen, pence, percent*, per cent,
               price*, pricing, cheap*, less expensive, discount*, reduction*, rebate*, bargain*, on sale,
               clearance, promo, promos, promotion*, special offer*, voucher*, coupon*, cashback, half off, NUM
               off, NUM less, off everything, money off, free, gratis, on the house, save NUM, save up, save
               money, saving*, NUM for NUM, buy one, get one, only 0, just 0, 0 only, costs, cost you, it cost,
               quid, bucks, deal, deals, for nothing, next to nothing, cost less, pay less, by a third, by half, a third
               off, a third less, a gift with, a present with, as a gift with, comes with every, complimentary",
        except: "percent STUFF, percent of? STUFF, percent of the STUFF, percent STUFF STUFF, pound cake*, only 0
                 UNIT, just 0 UNIT, price of admission, feel free, free time, hands free, sugar free, gluten
                 free, lactose free, alcohol free, fragrance free, cruelty free, plastic free, chrome free,
                 silicone free, paraben free, wire free, iron free, wrinkle free, stress free, oil free, free
                 range, free standing, free hand, free spirit*, free moment*, free evening*, free to, free from,
                 great deal of, good deal of, deal with, save the, energy saving, space saving",
    },
    Table {
        why: Haste,
        said: "last chance, final chance, last day, last days, final day, final days, last hours, last call,
               final call, hurry*, be quick, quick before, act now, buy now, today only, only today, just today,
               now or never, while stock*, while supplies, too late, before it s gone, before they re gone,
               before they are gone, miss out, don t miss, do not miss, not to be missed, never miss, limited
               time, limited offer*, NUM left, NUM remaining, last few, last one, last ones, last piece*, last
               pair*, almost gone, nearly gone, selling fast, selling out, sell out, sells fast, going fast,
               running out, run out, you must, you have to, everybody is buying, everyone is buying, everybody wants,
               everyone wants, there are just NUM, there are only NUM, NUM of them left, be fast",
        except: "last one s, do you have to, you must not",
    },
    Table {
        why: Insult,
        said: "you are too? LOOKS, you re too? LOOKS, you look, you seem, you ve put on, you have put on, you ve
               grown, hide your, your belly, your tummy, your curves, at your age, for your age, shut up, get lost, nazi*, idiot*, stupid*, fuck*, shit*",
        except: "look closely, look closer, look for, look at, look after, look inside, look in, look into, look
                 up, look around, look forward, look through, wherever you, whatever you, if you",
    },
];
