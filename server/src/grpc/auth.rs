//! Who calls: the one seam for authentication.
//!
//! A call carries `authorization: Bearer <token>`; the configuration holds the SHA-256 of each token and what it stands
//! for. Each service is wrapped in a [`Gate`] that admits one role only, so that no handler can be forgotten. Handlers
//! read the admitted caller with [`agent`] or [`associate`].
//!
//! Certificates, sign-in and roles fit in behind [`Callers::find`]: it alone turns credentials into a [`Caller`].

use std::{collections::HashMap, sync::Arc};

use shopbell_domain::id::{AgentId, AssociateId, StoreId, ZoneId};
use subtle::ConstantTimeEq as _;
use tonic::{Request, Status, metadata::MetadataMap, service::Interceptor};

use crate::{
    config::{Config, TokenHash},
    http::Line,
    metrics::Metrics,
};

/// An edge agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentCaller {
    /// Which agent.
    pub agent: AgentId,
    /// Its shop.
    pub store: StoreId,
    /// Where it listens.
    pub zone: ZoneId,
}

/// An associate, by the tablet that they carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociateCaller {
    /// Who.
    pub associate: AssociateId,
    /// Their shop.
    pub store: StoreId,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An edge agent.
    Agent(AgentCaller),
    /// An associate.
    Associate(AssociateCaller),
    /// A backend of the retailer, by its name in the configuration.
    App(String),
    /// One of those who run the shops.
    Operator,
}

impl Caller {
    const fn role(&self) -> Role {
        match self {
            Self::Agent(_) => Role::Agent,
            Self::Associate(_) => Role::Associate,
            Self::App(_) => Role::App,
            Self::Operator => Role::Operator,
        }
    }
}

/// The kinds of callers; each service admits one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Edge agents.
    Agent,
    /// Associates.
    Associate,
    /// Backends of the retailer.
    App,
    /// Those who run the shops.
    Operator,
}

/// All callers that the configuration knows.
#[derive(Debug, Default)]
pub struct Callers {
    by_prefix: HashMap<[u8; 8], Vec<(TokenHash, Caller)>>,
}

fn prefix(hash: &TokenHash) -> [u8; 8] {
    let mut prefix = [0; 8];
    for (to, from) in prefix.iter_mut().zip(hash.bytes()) {
        *to = *from;
    }
    prefix
}

impl Callers {
    /// From a configuration that was validated.
    pub fn from_config(config: &Config) -> Self {
        let mut callers = Self::default();
        for shop in &config.shops {
            for agent in &shop.agents {
                let (id, store, zone) = (agent.id.clone(), shop.id.clone(), agent.zone.clone());
                callers.add(agent.token_sha256, Caller::Agent(AgentCaller { agent: id, store, zone }));
            }
            for one in &shop.associates {
                let caller = AssociateCaller { associate: one.id.clone(), store: shop.id.clone() };
                callers.add(one.token_sha256, Caller::Associate(caller));
            }
        }
        config.apps.iter().for_each(|app| callers.add(app.token_sha256, Caller::App(app.id.clone())));
        config.operators.iter().for_each(|client| callers.add(client.token_sha256, Caller::Operator));
        callers
    }

    fn add(&mut self, hash: TokenHash, caller: Caller) {
        self.by_prefix.entry(prefix(&hash)).or_default().push((hash, caller));
    }

    /// Whose token this is.
    ///
    /// The presented token is hashed first, so what can be learned from the time of the look-up says nothing about a
    /// stored token; the whole hash is then compared in constant time.
    pub fn find(&self, token: &str) -> Option<&Caller> {
        let hash = TokenHash::of(token);
        let same = |known: &TokenHash| bool::from(known.bytes().ct_eq(hash.bytes()));
        self.by_prefix.get(&prefix(&hash))?.iter().find(|(known, _)| same(known)).map(|(_, caller)| caller)
    }
}

/// Admits callers of one role, or of some, to one service; everybody else is refused before the handler.
#[derive(Debug, Clone)]
pub struct Gate {
    callers: Arc<Callers>,
    roles: Vec<Role>,
    metrics: Arc<Metrics>,
}

impl Gate {
    /// Admits `role` only.
    pub fn new(callers: Arc<Callers>, role: Role, metrics: Arc<Metrics>) -> Self {
        Self::any_of(callers, [role], metrics)
    }

    /// Admits these.
    pub fn any_of(
        callers: Arc<Callers>,
        roles: impl IntoIterator<Item = Role>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { callers, roles: roles.into_iter().collect(), metrics }
    }

    fn admit(&self, metadata: &MetadataMap) -> Result<Caller, Status> {
        let refuse =
            || Status::unauthenticated("send `authorization: Bearer <token>` with a token of this server");
        let value = metadata.get("authorization").and_then(|value| value.to_str().ok()).ok_or_else(refuse)?;
        let (scheme, token) = value.split_once(' ').ok_or_else(refuse)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refuse());
        }
        let caller = self.callers.find(token.trim()).ok_or_else(refuse)?;
        if !self.roles.contains(&caller.role()) {
            return Err(Status::permission_denied("this token is not for this service"));
        }
        Ok(caller.clone())
    }
}

impl Interceptor for Gate {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let caller = self.admit(request.metadata()).inspect_err(|_| {
            self.metrics.refused_calls.inc();
        })?;
        Line::known(request.extensions());
        request.extensions_mut().insert(caller);
        Ok(request)
    }
}

/// The agent that calls; refused when the gate let no agent in.
pub fn agent<T>(request: &Request<T>) -> Result<AgentCaller, Status> {
    match request.extensions().get::<Caller>() {
        Some(Caller::Agent(caller)) => Ok(caller.clone()),
        _ => Err(Status::permission_denied("only agents may call this")),
    }
}

/// The name of the backend that calls; refused when the gate let none in.
pub fn app<T>(request: &Request<T>) -> Result<String, Status> {
    match request.extensions().get::<Caller>() {
        Some(Caller::App(name)) => Ok(name.clone()),
        _ => Err(Status::permission_denied("only backends of the retailer may call this")),
    }
}

/// The associate who calls; refused when the gate let none in.
pub fn associate<T>(request: &Request<T>) -> Result<AssociateCaller, Status> {
    match request.extensions().get::<Caller>() {
        Some(Caller::Associate(caller)) => Ok(caller.clone()),
        _ => Err(Status::permission_denied("only associates may call this")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(role: Role) -> Gate {
        let mut callers = Callers::default();
        callers.add(TokenHash::of("app-token"), Caller::App("shop-app".to_owned()));
        callers.add(TokenHash::of("operator-token"), Caller::Operator);
        Gate::new(Arc::new(callers), role, Arc::default())
    }

    fn call(gate: &mut Gate, value: Option<&str>) -> Result<(), tonic::Code> {
        let mut request = Request::new(());
        if let Some(value) = value {
            request.metadata_mut().insert("authorization", value.parse().unwrap());
        }
        gate.call(request).map(|_| ()).map_err(|status| status.code())
    }

    #[test]
    fn only_the_right_token_in_the_right_role_passes() {
        let mut gate = gate(Role::App);
        assert_eq!(call(&mut gate, Some("Bearer app-token")), Ok(()));
        assert_eq!(call(&mut gate, Some("bearer app-token")), Ok(()));
        for bad in
            [None, Some("app-token"), Some("Basic app-token"), Some("Bearer "), Some("Bearer app-tokem")]
        {
            assert_eq!(call(&mut gate, bad), Err(tonic::Code::Unauthenticated), "{bad:?}");
        }
        assert_eq!(call(&mut gate, Some("Bearer operator-token")), Err(tonic::Code::PermissionDenied));
        assert_eq!(gate.metrics.refused_calls.get(), 6);
    }

    #[test]
    fn a_handler_behind_no_gate_admits_nobody() {
        assert_eq!(agent(&Request::new(())).unwrap_err().code(), tonic::Code::PermissionDenied);
        assert_eq!(associate(&Request::new(())).unwrap_err().code(), tonic::Code::PermissionDenied);
        assert_eq!(app(&Request::new(())).unwrap_err().code(), tonic::Code::PermissionDenied);
    }
}
