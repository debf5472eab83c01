"""The words that ordinary mail is made of: notes, newsletters, and bounces that people quote."""

NOTES = (
    "Hi Ana,\n\ndo you know what this means? It came back at once.",
    "See below. Ben's mailbox could not be reached, can you ask him for another address?",
    "This mail could not be delivered to ben@away.test, please take him off the list.",
    "Hallo,\nmeine Mail konnte nicht zugestellt werden. Woran liegt das?",
    "Bonjour, mon message n'a pas pu être remis à ben@away.test. Pouvez-vous m'aider ?",
    "fyi",
    "I still get user unknown for cy@firm.test.\n\nBest,\nDora",
    "Thanks! Works now. The server had no such user before.",
    "メールを配信できませんでした。どうしてでしょうか。",
)

BOUNCES = (
    (
        "failure notice",
        "Hi. This is the qmail-send program at mx.away.test.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<ben@away.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
    ),
    (
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.away.test.\n\n"
        "I'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients. It's attached below.\n\n"
        "<ben@away.test>: host mx1.away.test[192.0.2.25] said: 550 5.1.1\n"
        "    <ben@away.test>: User unknown (in reply to RCPT TO command)\n",
    ),
    (
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  cy@firm.test\n    Unrouteable address\n",
    ),
    (
        "Returned mail: see transcript for details",
        "The original message was received at Mon, 5 Feb 2024 10:00:00 +0100\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n<cy@firm.test>\n"
        "    (reason: 550 5.1.1 User unknown)\n\n"
        "   ----- Transcript of session follows -----\n>>> RCPT To:<cy@firm.test>\n"
        "<<< 550 5.1.1 User unknown\n",
    ),
    (
        "Undeliverable: Autumn",
        "Delivery has failed to these recipients or groups:\n\nben@away.test\n"
        "The email address you entered couldn't be found.\n\n"
        "Diagnostic information for administrators:\n\n#550 5.1.1 RESOLVER.ADR.RecipNotFound ##\n",
    ),
    (
        "Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to ben@away.test because the "
        "address couldn't be found.\n\n550 5.1.1 The email account does not exist.\n",
    ),
    (
        "Unzustellbar: Herbst",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\n"
        "ben@away.test\nDie Adresse wurde nicht gefunden.\n",
    ),
    (
        "Delivery Status Notification (Failure)",
        "Reporting-MTA: dns; mx.away.test\n\nFinal-Recipient: rfc822; ben@away.test\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n",
    ),
)

NEWSLETTERS = (
    (
        "Why your mail is undeliverable, and what to do",
        "Hello!\n\n550 5.1.1 User unknown: the mailbox does not exist. When a message could not be "
        "delivered, the server answers with a code. Write to help@letters.test if your mail was "
        "not delivered to one or more recipients.",
    ),
    (
        "Delivery Status Notification explained",
        "In this issue: how to read a bounce.\n\nDelivery to the following recipient failed "
        "permanently:\n\n    somebody@example.test\n\nis what Gmail writes when ...",
    ),
    (
        "Bounced? Ten ways to keep your list clean",
        "Has an address bounced? Unknown user, mailbox full, host not found: remove addresses like "
        "nobody@example.test at once. Unsubscribe: stop@letters.test",
    ),
    (
        "Autumn sale",
        "Everything must go! Orders could not be sent faster: write to shop@letters.test.",
    ),
    (
        "Zustellung morgen: Ihr Herbst-Newsletter",
        "Guten Tag! Nicht zugestellt? Schreiben Sie uns: x@l.test",
    ),
    (
        "Your mail delivery failed? We can help",
        "Our service finds out why. Contact: sales@letters.test",
    ),
)

PARCELS = (
    (
        "Delivery failed: we missed you",
        "Your parcel could not be delivered to the following address:\n\nAna Muster, Main Street"
        "\n\nQuestions? help@parcels.test",
    ),
    (
        "Delivery failure notification",
        "We were unable to deliver your parcel 123. Contact ana.driver@parcels.test to arrange "
        "another delivery. The recipient was unknown at this address.",
    ),
    (
        "Returned to sender",
        "Your letter to Ben was returned: address unknown. Reply to returns@post.test.",
    ),
    (
        "Zustellung nicht möglich",
        "Ihr Paket konnte nicht zugestellt werden. Abholung: Filiale 7. Kontakt: hilfe@post.test",
    ),
    (
        "Your order has been delayed",
        "Your order 77 is delayed; we will keep trying. care@post.test",
    ),
)

SYSTEMS = (
    (
        "Postmaster <postmaster@shop.test>",
        "Your mailbox is almost full",
        "Dear user,\n\nyour mailbox has reached 95 % of its quota. When it is full, new mail "
        "could not be delivered to you.",
    ),
    (
        "Postmaster <postmaster@shop.test>",
        "Maintenance on Sunday",
        "On Sunday mail can not be delivered between 2 and 4. Nothing is lost.",
    ),
    (
        "root <root@web1.shop.test>",
        "Cron <root@web1> mailq",
        "A1B2C3  1200 Mon Feb  5 10:00:00  news@shop.test\n"
        "(connect to mx1.away.test[192.0.2.25]:25: Connection timed out)\n"
        "                                         ben@away.test",
    ),
    (
        "Help desk <support@desk.test>",
        "[Ticket 4711] delivery problem",
        "Hello,\n\nyour request came in: 'My mail could not be delivered to ben@away.test, the "
        "server says 550 User unknown.' We will answer soon.",
    ),
    (
        "Quarantine <quarantine@filter.test>",
        "Quarantine digest: 3 new messages",
        "These messages were blocked:\n\nFrom: win@spam.test  To: news@shop.test  You have won",
    ),
    (
        "Mailman <postmasters-bounces@lists.test>",
        "Your message to Postmasters awaits moderator approval",
        "Your mail to 'Postmasters' with the subject\n\n    Autumn\n\nIs being held until the list "
        "moderator can review it for approval.",
    ),
    (
        "Bank <service@bank.test>",
        "Payment failed",
        "Your transfer to Cy could not be sent. The account is unknown. Questions: help@bank.test",
    ),
    (
        "Monitoring <alerts@watch.test>",
        "PROBLEM: SMTP on mx1 is CRITICAL",
        "Connection refused by mx1.shop.test port 25. Contact: oncall@shop.test",
    ),
    (
        "Forms <no-reply@forms.test>",
        "New entry: contact form",
        "Name: Ben\nEmail: ben@away.test\nMessage: Your letter was not delivered. User unknown?",
    ),
    (
        "Welcome <postmaster@provider.test>",
        "Welcome to your new mailbox",
        "Your address is ready. If mail to friend@away.test is rejected, tell us.",
    ),
)
