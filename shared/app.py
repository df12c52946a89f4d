"""App: what services need, made once per process. A test makes its own, with a database of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from shared.clock import Clock
from shared.integrations.blob.client import BlobFiles
from shared.integrations.emergepay.client import EmergePay
from shared.integrations.engine import Engine, NoEngine
from shared.integrations.fcm.client import Fcm
from shared.integrations.files import Files, NoFiles
from shared.integrations.identity import Identity
from shared.integrations.live import Live
from shared.integrations.mail import Mail, NoMail
from shared.integrations.pay import Pay
from shared.integrations.push import NoPush, Push, Subscription
from shared.integrations.quiet import hush
from shared.integrations.sendgrid_mail.client import SendGridMail
from shared.integrations.sms import NoSms, Sms
from shared.integrations.supertokens.client import SuperTokens
from shared.integrations.twilio_texts.client import TwilioTexts
from shared.integrations.web_pubsub import WebPubSub
from shared.integrations.web_push.client import WebPush
from shared.integrations.webhooks import Hooks, WebhookClient
from shared.memory.slots import Memory
from shared.sealing import Sealer
from shared.settings import Settings
from shared.store.mongo.client import Database


@dataclass(frozen=True, slots=True)
class App:
    """The first argument of every service.

    `db`: the database. `engine`: wakes orchestrations. `live`: reaches screens through Web PubSub. `pay`: takes money
    and gives it back. `hooks`: reaches restaurants' own systems. `sms`, `mail`, `push`: reach people; pushes go to
    tokens of the manager app, `web_push` to browsers of kitchen screens. `identity`: says who is signed in. `sealer`:
    seals secrets that are stored in the database. `files`: keeps pictures.
    """

    db: Database
    engine: Engine
    live: Live
    pay: Pay
    hooks: Hooks
    identity: Identity
    sealer: Sealer
    clock: Clock
    settings: Settings
    sms: Sms = field(default_factory=NoSms)
    mail: Mail = field(default_factory=NoMail)
    push: Push[str] = field(default_factory=NoPush[str])
    web_push: Push[Subscription] = field(default_factory=NoPush[Subscription])
    memory: Memory = field(default_factory=Memory)
    files: Files = field(default_factory=NoFiles)

    @classmethod
    def over(cls, db: Database, clock: Clock, settings: Settings, *, real: Clock | None = None) -> Self:
        """The App over a database, with the outside services that the settings name, none of them called yet.

        It has no engine: a caller that has a durable client puts it in. `real`: the clock that tokens are dated by,
        where it is another one than the app's (the local stack's, see integrations/local_clock.py).
        """
        hush()
        return cls(
            db=db,
            engine=NoEngine(),
            live=WebPubSub(settings, real or clock),
            pay=EmergePay(settings),
            hooks=WebhookClient(settings),
            identity=SuperTokens(settings),
            sealer=Sealer.of(settings),
            clock=clock,
            settings=settings,
            mail=SendGridMail(settings),
            files=BlobFiles(settings) if settings.keeps_files else NoFiles(),
            sms=TwilioTexts(settings),
            push=Fcm(settings),
            web_push=WebPush(settings),
        )

    @property
    def reaches(self) -> bool:
        """Whether texts, mails or pushes go out at all."""
        return any(one.is_set_up for one in (self.sms, self.mail, self.push, self.web_push))

    async def close(self) -> None:
        """Hang up on the outside services; the database is its owner's."""
        await self.live.close()
        await self.pay.close()
        await self.hooks.close()
        await self.files.close()
        await self.sms.close()
        await self.mail.close()
        await self.push.close()
        await self.web_push.close()
