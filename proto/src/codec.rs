//! Messages as protobuf bytes. Bytes that are no such message are the sender's fault, and the status says so: tonic's
//! own codec answers `INTERNAL`, which tells a caller to report a fault of the server.
//!
//! A message gets a buffer of its own size. Tonic's own codec takes 8 KiB for each stream and keeps them: a server that
//! holds a thousand quiet streams pays for that.
//!
//! The generated services and clients use it; nothing else has to name it.

use std::marker::PhantomData;

use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, Codec as TonicCodec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};

/// What a stream takes before it has said anything; most messages fit.
const FIRST_BYTES: usize = 256;
/// Messages that are ready together leave together, up to so many bytes; tonic's default.
const TOGETHER_BYTES: usize = 32 * 1_024;

/// Writes `T` and reads `U`.
#[derive(Debug, Clone)]
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> TonicCodec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = Fitting<T>;
    type Decoder = Strict<U>;

    fn encoder(&mut self) -> Self::Encoder {
        Fitting(ProstCodec::<T, U>::raw_encoder(BufferSettings::new(FIRST_BYTES, TOGETHER_BYTES)))
    }

    fn decoder(&mut self) -> Self::Decoder {
        Strict(ProstCodec::<T, U>::raw_decoder(BufferSettings::default()))
    }
}

/// Writes `T`, and takes as much memory as it has bytes: growing as it is written, a buffer would end twice as large.
#[derive(Debug)]
pub struct Fitting<T>(ProstEncoder<T>);

impl<T: Message> Encoder for Fitting<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, item: T, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(item.encoded_len());
        self.0.encode(item, buffer)
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}

/// Reads `U`, and names what cannot be read `INVALID_ARGUMENT`.
#[derive(Debug)]
pub struct Strict<U>(ProstDecoder<U>);

impl<U: Message + Default> Decoder for Strict<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        self.0.decode(bytes).map_err(|status| Status::invalid_argument(status.message()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}
